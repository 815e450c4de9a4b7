"""What is explored: one setting in one network, perhaps with a walk to start from."""

from dataclasses import dataclass
from functools import cached_property

import traces
from checker.poqi_system import PoqiSystem
from checker.question import Question, QuestionError
from checker.setting import Setting
from poqi_core.properties import Property
from poqi_core.run import Act, Run


@dataclass(frozen=True)
class Ground:
    """One setting in one network.

    Attributes:
        setting: who is faulty, what the others predict, and the bounds.
        network: ``asynchronous`` or ``rounds``.
        profile: the one that the readings were derived from.
        start: the walk to start from.
    """

    setting: Setting
    network: str
    profile: str
    start: tuple[Act, ...] = ()

    @cached_property
    def system(self) -> PoqiSystem:
        """The honest nodes, and every event that can befall them."""
        return PoqiSystem(self.setting)

    def prepare(self) -> None:
        """List the events now, which takes seconds where Byzantine nodes can quote many others."""
        _ = self.system

    def run(self, acts: tuple[Act, ...]) -> Run:
        """The run in which ``acts`` happen."""
        return self.setting.run(self.network, acts)

    def question(self, entry: Property) -> Question:
        """The question whether ``entry`` holds in this setting.

        Raises:
            QuestionError: the checker explores no such setting.
        """
        setting, config = self.setting, self.setting.config
        question = Question(
            nodes=config.nodes,
            faults=config.faults,
            readings=config.readings,
            network=self.network,
            predictions=setting.predicted,
            samples=len(setting.predicted),
            views=setting.views,
            start_view=setting.start_view,
            ballots=setting.ballots,
            properties=(entry,),
        )
        if list(question.settings()) != [setting]:
            raise QuestionError(
                "the checker explores nodes that keep no early messages, in a run whose number of "
                "samples is fixed; this walk is of others"
            )
        return question


def ground_of_question(question: Question, profile: str) -> Ground:
    """The setting of a question that has only one.

    Raises:
        QuestionError: it has several.
    """
    if question.settings_count > 1:
        raise QuestionError(
            f"the options leave {question.settings_count:,} settings open and only one can be "
            "explored; give --predictions, such as '?AAB'"
        )
    return Ground(next(question.settings()), question.network, profile)


def ground_of_trace(trace: traces.Trace) -> Ground:
    """The setting of a trace, with its steps as the walk to start from."""
    run, config = trace.run, trace.run.config
    setting = Setting(
        config,
        tuple(tuple(labels.get(node) for node in range(config.nodes)) for labels in run.predicted),
        config.conflict_after if run.views is None else run.views,
        run.start_view,
        config.faults + 1 if run.ballots is None else run.ballots,
    )
    return Ground(setting, run.network, trace.origin.profile, run.acts)
