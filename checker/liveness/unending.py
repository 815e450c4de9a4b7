"""Runs without end: samples that come for ever, and ballots that are changed for ever.

*Lock-step rounds.*  The quotient is explored, first as far as it goes if Byzantine nodes say
nothing, then whole.  If it is finite and no cycle is found in which a node decides nothing, every
honest node decides again and again.  In the published flow a decision settles the conflict
samples before it, so every sample is decided then.

*Asynchronous network.*  A node can fall behind the others without bounds, so the quotient is not
finite and is not exhausted.  Two kinds of its runs are looked at: those of lock-step rounds, and
those in which every timer runs out before anything arrives.
"""

from collections.abc import Iterator
from dataclasses import replace

from checker.behaviour import EVERYTHING, Behaviour
from checker.exploration import Budget
from checker.liveness.lassos import LassoSearch, Searched
from checker.question import Question
from checker.setting import Setting
from poqi_core.run import Run

_SILENT_WORLDS = 2_000
"""After how many worlds the search among silent adversaries gives way to the whole one."""

_BALLOT_LAPS = 3
"""How many times the leaders come round before a search for unending ballots gives up."""


def search_endless(question: Question, setting: Setting, budget: Budget) -> Searched:
    """Whether every honest node decides every sample of ``setting``, which never end."""
    if question.network == "asynchronous":
        setting = _with_more_ballots(setting)
    found = Searched(None, 0, 0, complete=True, beyond=False)
    for behaviour in _behaviours(question, setting):
        search = LassoSearch(setting, question.network, question.samples, behaviour)
        whole = behaviour == EVERYTHING
        result = search.search(budget if whole else budget.part(_SILENT_WORLDS))
        found = Searched(
            result.run,
            found.worlds + result.worlds,
            found.rounds + result.rounds,
            complete=result.complete or not whole,
            beyond=result.beyond if whole else found.beyond,
        )
        if found.run is not None or budget.exhausted is not None:
            break
    if budget.exhausted is not None:
        found = replace(found, complete=False)
    return found if _is_exact(question) else replace(found, beyond=True)


def _behaviours(question: Question, setting: Setting) -> Iterator[Behaviour]:
    if question.network == "asynchronous":
        yield Behaviour(silent=True)
        if setting.config.has_timers:
            yield Behaviour(silent=True, impatient=True)
        return
    if setting.byzantine:
        yield Behaviour(silent=True)
    yield EVERYTHING


def _is_exact(question: Question) -> bool:
    """Whether a quotient without such a cycle means that every sample is decided.

    A conflict sample must fall with the next decision, whatever the rewards are.
    """
    config = question.config
    return (
        question.network == "rounds"
        and not config.on_evidence
        and config.readings.expert_label == "heard"
        and config.readings.tie == "lowest"
    )


def unending_ballots(question: Question, setting: Setting, budget: Budget) -> Run | None:
    """A run of the asynchronous network in which ballots are changed for ever, if one is found.

    No deterministic protocol can exclude such runs for good (M. Fischer, N. Lynch, M. Paterson,
    "Impossibility of distributed consensus with one faulty process", 1985).
    """
    behaviour = Behaviour(silent=True, impatient=True)
    search = LassoSearch(_with_more_ballots(setting), question.network, question.samples, behaviour)
    return search.search(budget.part(_SILENT_WORLDS)).run


def _with_more_ballots(setting: Setting) -> Setting:
    """The setting with enough ballots for the leaders to come round."""
    return replace(setting, ballots=_BALLOT_LAPS * setting.config.nodes)
