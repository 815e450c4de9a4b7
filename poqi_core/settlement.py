"""What both ways to agree on evidence have in common: how a sample begins, and how it ends."""

from poqi_core import conflict
from poqi_core.clauses import Clause
from poqi_core.judgement import judge
from poqi_core.messages import Evidence, Sample
from poqi_core.outputs import Conflicted, Decided, Passed, Reason, Rejected, Rule, Settled
from poqi_core.turn import Turn

_RULES = {Rule.EXPERTS: Clause.EXPERTS, Rule.MOST_HONEST: Clause.MOST_HONEST}


def take_sample(turn: Turn, event: Sample) -> Reason | None:
    """The node begins to work on its sample, if that is the one (eq. 2, 3)."""
    state = turn.state
    if event.index != state.sample:
        return Reason.EARLY if event.index > state.sample else Reason.STALE
    if state.prediction is not None:
        return Reason.DUPLICATE
    turn.cite(Clause.SAMPLE)
    turn.state = state._replace(prediction=event.prediction)
    return None


def settle(turn: Turn, evidence: Evidence) -> None:
    """The evidence is agreed on: compute what follows from it, and go on."""
    config, state = turn.config, turn.state
    turn.emit(Settled(state.sample, evidence))
    turn.cite(Clause.COMPUTE)
    judgement = judge(config, state.view, state.rewards, state.sample, evidence)
    for fact in judgement.facts:
        match fact:
            case Rejected():
                turn.cite(Clause.REJECTION)
                turn.cite(Clause.PENALTY)
            case Passed():
                turn.cite(Clause.PASS)
            case Conflicted():
                turn.cite(Clause.CONFLICT)
            case Decided(rule=rule) if rule in _RULES:
                turn.cite(_RULES[rule])
            case Decided():
                turn.cite(Clause.REWARD)
            case _:
                pass
        turn.emit(fact)
    turn.cite(Clause.HISTORY)
    turn.state = turn.state._replace(rewards=judgement.rewards)
    conflict.begin_sample(turn, state.sample + 1, judgement.view)
