"""A random run by its seed and its number."""

from checker.question import Question
from checker.simulation.asynchronous import AsynchronousRun
from checker.simulation.chance import Chance
from checker.simulation.drawn_setting import draw_setting
from checker.simulation.fault_habits import draw_fault_habits
from checker.simulation.habits import draw_habits
from checker.simulation.lock_step import LockStepRun
from checker.simulation.ordered import OrderedRun
from checker.simulation.random_run import RandomRun, RunResult

_KINDS: dict[str, type[RandomRun]] = {
    "asynchronous": AsynchronousRun,
    "rounds": LockStepRun,
    "ordered": OrderedRun,
    "lossy": LockStepRun,
}


def random_run(
    question: Question, seed: int, number: int, deadline: float | None = None
) -> RunResult:
    """Run ``number`` of those of ``seed``; it depends on nothing else.

    ``deadline`` is on the clock of :func:`time.monotonic`.

    Raises:
        OutOfTimeError: the deadline came before its end.
    """
    chance = Chance(seed, number)
    setting = draw_setting(question, chance)
    habits = draw_habits(setting, chance)
    kind = _KINDS[question.network]
    faults = draw_fault_habits(setting, chance)
    run = kind(setting, question.network, question.properties, habits, faults, chance, deadline)
    run.play()
    return run.result()
