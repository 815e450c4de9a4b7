"""What is explored: one setting in one network, perhaps with a walk to start from."""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

import traces
from checker.poqi_system import PoqiSystem, byzantine_messages
from checker.question import Question, QuestionError
from checker.setting import Setting
from poqi_core.properties import Property
from poqi_core.run import Act, Run

MOST_NODES = 30
"""The most nodes of a setting that is explored by hand."""
MOST_NODES_WITH_EVIDENCE = 16
"""The same where nodes agree on evidence, of which there are exponentially many."""
MOST_LABELS = 30
"""The most labels that faulty nodes can use."""
MOST_MESSAGES = 50_000
"""The most messages that faulty nodes can send to one node."""


@dataclass(frozen=True)
class Ground:
    """One setting in one network.

    Attributes:
        setting: who is faulty, what the others predict, and the bounds.
        network: ``asynchronous`` or ``rounds``.
        profile: the one that the readings were derived from.
        asked: a question of this setting alone; None: the checker explores no such setting.
        start: the walk to start from.
    """

    setting: Setting
    network: str
    profile: str
    asked: Question | None
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
        if self.asked is None:
            raise QuestionError(
                "the checker explores nodes that keep no early messages, in a run whose number of "
                "samples is fixed; this walk is of others"
            )
        return replace(self.asked, properties=(entry,))


def ground_of_question(question: Question, profile: str) -> Ground:
    """The setting of a question that has only one.

    Raises:
        QuestionError: it has several, or is too large to be explored by hand.
    """
    if question.settings_count > 1:
        raise QuestionError(
            f"the options leave {question.settings_count:,} settings open and only one can be "
            "explored; give --predictions, such as '?AAB'"
        )
    setting = next(question.settings())
    _check_size(setting)
    return Ground(setting, question.network, profile, question)


def ground_of_trace(trace: traces.Trace) -> Ground:
    """The setting of a trace, with its steps as the walk to start from.

    Raises:
        QuestionError: it is too large to be explored by hand.
    """
    run, config = trace.run, trace.run.config
    if run.network not in ("asynchronous", "rounds") or not (run.fault.forges or not run.faulty):
        raise QuestionError(
            f"the explorer walks with Byzantine nodes, in the networks asynchronous and rounds; "
            f"this is a run of the network {run.network} with the fault {run.fault.name}"
        )
    setting = Setting(
        config,
        tuple(tuple(labels.get(node) for node in range(config.nodes)) for labels in run.predicted),
        config.conflict_after if run.views is None else run.views,
        run.start_view,
        config.faults + 1 if run.ballots is None else run.ballots,
    )
    _check_size(setting)
    question = Question(
        nodes=config.nodes,
        faults=config.faults,
        readings=config.readings,
        network=run.network,
        predictions=setting.predicted,
        samples=len(setting.predicted),
        views=setting.views,
        start_view=setting.start_view,
        ballots=setting.ballots,
    )
    asked = question if list(question.settings()) == [setting] else None
    return Ground(setting, run.network, trace.origin.profile, asked, run.acts)


def _check_size(setting: Setting) -> None:
    """Refuse a setting whose events are too many to be listed.

    Raises:
        QuestionError: it is one.
    """
    on_evidence = setting.config.on_evidence
    for name, count, most in (
        ("nodes", setting.config.nodes, MOST_NODES_WITH_EVIDENCE if on_evidence else MOST_NODES),
        ("labels", setting.labels, MOST_LABELS),
    ):
        if count > most:
            raise QuestionError(f"{count:,} {name} are too many to explore by hand, at most {most}")
    if next(islice(byzantine_messages(setting), MOST_MESSAGES, None), None) is not None:
        raise QuestionError(
            f"the faulty nodes can send more than {MOST_MESSAGES:,} messages, too many to explore "
            "by hand; bound views, ballots, or what they use"
        )
