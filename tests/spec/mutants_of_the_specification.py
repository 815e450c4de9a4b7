"""Mutants of the specification: a module with one piece of text replaced."""

from typing import NamedTuple


class SpecMutant(NamedTuple):
    """A mutation, and the configuration in which the state graph is no longer that of the core."""

    name: str
    module: str
    before: str
    after: str
    row: str
    """How the row of ``spec/configurations.txt`` begins that shows it."""


SPEC_MUTANTS = (
    SpecMutant(
        "a primary is rejected above half only",
        "Readings",
        "2 * Cardinality(objectors) >= N",
        "2 * Cardinality(objectors) > N",
        "asynchronous paper N=4 f=0 AABB views=1 start=0 ballots=1",
    ),
    SpecMutant(
        "a quorum is one fewer",
        "Readings",
        'quorum = "2f+1"         -> 2 * F + 1',
        'quorum = "2f+1"         -> 2 * F',
        "asynchronous paper N=3 f=1 AAB views=1 start=0 ballots=1 collect=2",
    ),
    SpecMutant(
        "a rejected primary keeps its reward",
        "Rewards",
        "!.state.rewards[primary] = Half(@)",
        "!.state.rewards[primary] = @",
        "asynchronous paper N=3 f=1 ABB views=2 start=0 ballots=1 predictions_to=all",
    ),
    SpecMutant(
        "the reward is granted again in a view",
        "Rewards",
        "/\\ t.state.log.prepared = {}",
        "/\\ t.state.log.prepared \\subseteq t.state.log.prepared",
        "asynchronous paper N=3 f=0 ABA views=3 start=1 ballots=1 reward_when=not_rejected",
    ),
    SpecMutant(
        "a node hears its own label from everybody",
        "ViewChanges",
        "THEN [t EXCEPT !.state.heard[primary] = label]",
        "THEN [t EXCEPT !.state.heard[primary] = t.state.prediction]",
        "asynchronous paper N=3 f=0 ABC,AAA views=3 start=0 ballots=1",
    ),
    SpecMutant(
        "the primary votes about itself",
        "ViewChanges",
        "ELSE IF m.node = ViewPrimary(t)",
        "ELSE IF m.node \\notin Node",
        "asynchronous paper N=3 f=1 ?AA views=1 start=0 ballots=1",
    ),
    SpecMutant(
        "the first view of a sample is too late",
        "NormalOperation",
        "/\\ s.opened <= view",
        "/\\ s.opened < view",
        "asynchronous paper N=3 f=0 ABB views=2 start=0 ballots=1 late_messages=yes",
    ),
    SpecMutant(
        "a validator relays what another relays",
        "NormalOperation",
        'obstacle = "none" /\\ fromPrimary /\\ ~ prepared',
        'obstacle = "none" /\\ ~ prepared',
        "asynchronous paper N=3 f=1 ?AA views=1 start=0 ballots=1",
    ),
    SpecMutant(
        "the final decision is not checked",
        "NormalOperation",
        'check_final = "yes" /\\ final # label',
        'check_final = "no" /\\ final # label',
        "asynchronous paper N=3 f=0 ?AB views=1 start=0 ballots=1 first_preprepare_only=no",
    ),
    SpecMutant(
        "prepares are kept after the commit",
        "NormalOperation",
        "!.state.log.prepares  = IF once THEN {} ELSE @",
        "!.state.log.prepares  = @",
        "asynchronous paper N=3 f=1 ?AA views=1 start=0 ballots=1",
    ),
    SpecMutant(
        "after a conflict the next sample begins a view late",
        "Conflicts",
        "BeginSample(kept, s.sample + 1, s.view)",
        "BeginSample(kept, s.sample + 1, s.view + 1)",
        "asynchronous paper N=2 f=0 AB,AA views=2 start=0 ballots=1 quorum=majority",
    ),
    SpecMutant(
        "the highest number breaks a tie",
        "Conflicts",
        "{n \\in best : \\A m \\in best : n <= m}",
        "{n \\in best : \\A m \\in best : n >= m}",
        "rounds literal N=2 f=0 AB,AB,AA views=2 start=0 ballots=1 quorum=majority",
    ),
    SpecMutant(
        "no collection is ever closed",
        "Rounds",
        "IF \\E n \\in Honest : closing(n) # {}",
        "IF FALSE",
        "rounds paper N=2 f=0 AB,AA views=2 start=0 ballots=1 quorum=majority collect=round",
    ),
    SpecMutant(
        "a node is locked only by a higher ballot",
        "Ballots",
        "IF @.ballot <= candidate.ballot THEN certified ELSE @",
        "IF @.ballot < 0 THEN certified ELSE @",
        "asynchronous hardened N=2 f=0 ?A views=2 start=0 ballots=3 lock=any",
    ),
    SpecMutant(
        "a lock that was shown does not bind",
        "Ballots",
        "\\/ c[2] <= shown}",
        "\\/ TRUE}",
        "asynchronous hardened N=2 f=0 ?A views=2 start=0 ballots=3",
    ),
    SpecMutant(
        "a Byzantine node quotes what nobody has signed",
        "PoQI",
        "/\\ b.quotes \\subseteq sent\n                                               /\\ Happens",
        "/\\ TRUE\n                                               /\\ Happens",
        "asynchronous hardened N=3 f=0 ?AA views=3 start=0 ballots=1",
    ),
    SpecMutant(
        "one supporter fewer decides",
        "Judgement",
        "IF support = 0 THEN F + 1",
        "IF support = 0 THEN F",
        "asynchronous hardened N=2 f=1 A? views=2 start=0 ballots=2 absent=objectors",
    ),
)
