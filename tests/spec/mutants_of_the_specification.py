"""Mutants of the specification: a module with one piece of text replaced."""

from typing import NamedTuple


class SpecMutant(NamedTuple):
    """A mutation, and the configuration in which the state graph is no longer that of the core."""

    name: str
    module: str
    before: str
    after: str
    row: str
    """The configuration of ``spec/configurations.txt`` that shows it."""


SPEC_MUTANTS = (
    SpecMutant(
        "a primary is rejected above half only",
        "Readings",
        "2 * Cardinality(objectors) >= N",
        "2 * Cardinality(objectors) > N",
        "P06",
    ),
    SpecMutant(
        "a quorum is one fewer",
        "Readings",
        'quorum = "2f+1"         -> 2 * F + 1',
        'quorum = "2f+1"         -> 2 * F',
        "P11",
    ),
    SpecMutant(
        "a rejected primary keeps its reward",
        "Rewards",
        "!.state.rewards[primary] = Half(@)",
        "!.state.rewards[primary] = @",
        "P18",
    ),
    SpecMutant(
        "the reward is granted again in a view",
        "Rewards",
        "/\\ t.state.log.prepared = {}",
        "/\\ t.state.log.prepared \\subseteq t.state.log.prepared",
        "P16",
    ),
    SpecMutant(
        "a node hears its own label from everybody",
        "ViewChanges",
        "THEN [t EXCEPT !.state.heard[primary] = label]",
        "THEN [t EXCEPT !.state.heard[primary] = t.state.prediction]",
        "P14",
    ),
    SpecMutant(
        "the primary votes about itself",
        "ViewChanges",
        "ELSE IF m.node = ViewPrimary(t)",
        "ELSE IF m.node \\notin Node",
        "P01",
    ),
    SpecMutant(
        "the first view of a sample is too late",
        "NormalOperation",
        "/\\ s.opened <= view",
        "/\\ s.opened < view",
        "P13",
    ),
    SpecMutant(
        "a validator relays what another relays",
        "NormalOperation",
        'obstacle = "none" /\\ fromPrimary /\\ ~ prepared',
        'obstacle = "none" /\\ ~ prepared',
        "P01",
    ),
    SpecMutant(
        "the final decision is not checked",
        "NormalOperation",
        'check_final = "yes" /\\ final # label',
        'check_final = "no" /\\ final # label',
        "P02",
    ),
    SpecMutant(
        "prepares are kept after the commit",
        "NormalOperation",
        "!.state.log.prepares  = IF once THEN {} ELSE @",
        "!.state.log.prepares  = @",
        "P01",
    ),
    SpecMutant(
        "after a conflict the next sample begins a view late",
        "Conflicts",
        "BeginSample(kept, s.sample + 1, s.view)",
        "BeginSample(kept, s.sample + 1, s.view + 1)",
        "P20",
    ),
    SpecMutant(
        "the highest number breaks a tie",
        "Conflicts",
        "{n \\in best : \\A m \\in best : n <= m}",
        "{n \\in best : \\A m \\in best : n >= m}",
        "RL12",
    ),
    SpecMutant(
        "no collection is ever closed",
        "Rounds",
        "IF \\E n \\in Honest : closing(n) # {}",
        "IF FALSE",
        "RP09",
    ),
    SpecMutant(
        "a node is locked only by a higher ballot",
        "Ballots",
        "IF @.ballot <= candidate.ballot THEN certified ELSE @",
        "IF @.ballot < 0 THEN certified ELSE @",
        "H11",
    ),
    SpecMutant(
        "a lock that was shown does not bind",
        "Ballots",
        "\\/ c[2] <= shown}",
        "\\/ TRUE}",
        "H11",
    ),
    SpecMutant(
        "a Byzantine node quotes what nobody has signed",
        "PoQI",
        "/\\ b.quotes \\subseteq sent\n                                               /\\ Happens",
        "/\\ TRUE\n                                               /\\ Happens",
        "H02",
    ),
    SpecMutant(
        "one supporter fewer decides",
        "Judgement",
        "IF support = 0 THEN F + 1",
        "IF support = 0 THEN F",
        "H08",
    ),
    SpecMutant(
        "any number of messages is lost",
        "Rounds",
        "losses' = losses - Cardinality(lost)",
        "losses' = losses",
        "NP01",
    ),
    SpecMutant(
        "a partition keeps nothing back",
        "Rounds",
        "/\\ Partition.groups # {}",
        "/\\ FALSE",
        "NL04",
    ),
    SpecMutant(
        "others receive first",
        "OrderedRounds",
        "THEN First(changed)",
        "THEN changed",
        "OP02",
    ),
    SpecMutant(
        "what came too early is forgotten",
        "OrderedRounds",
        "THEN Append(postponed[k], e)",
        "THEN postponed[k]",
        "OP02",
    ),
)
