"""Runs of the core that TLC follows, with module Traces of the specification."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import tlc
from replayed import Core, Taken
from tla_value import Value, record, written
from translation import environment, of_event

from checker.setting import Setting
from poqi_core.messages import Event
from poqi_core.run import Act


class Moment(NamedTuple):
    """An event, and what came of it."""

    node: int
    event: Event
    taken: Taken

    @property
    def value(self) -> Value:
        """The moment as module Traces has it."""
        return record(
            node=self.node,
            event=of_event(self.event),
            state=self.taken.state,
            shown=self.taken.shown,
            sends=self.taken.sends,
            remark=self.taken.remark,
        )


def moments(setting: Setting, acts: Iterable[Act]) -> list[Moment]:
    """What came of the acts of a run, one after the other."""
    core = Core(setting)
    return [Moment(act.node, act.event, core.take(act.node, act.event)) for act in acts]


def followed(setting: Setting, runs: Sequence[Sequence[Moment]], folder: Path) -> set[int]:
    """The runs, by their places, that are behaviours of the specification."""
    values: Value = tuple(tuple(moment.value for moment in run) for run in runs)
    constants = environment(setting) | {"Runs": written(values), "GivesUp": "TRUE"}
    statements = ["INIT InitRun", "NEXT NextMoment", "INVARIANT Followed"]
    printed = tlc.run(tlc.Model("Traces", constants, statements), folder).printed
    return {int(number) - 1 for number in re.findall(r'^"followed (\d+)"$', printed, re.M)}
