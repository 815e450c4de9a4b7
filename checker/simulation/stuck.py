"""Where a run that ends without an honest step left was first without one.

A random run may have been stuck before, and gone on by the help of faulty nodes alone.  To ask
after each act whether an honest step is left takes long in a large run; mostly one is known,
as it is what happens to some node next.
"""

from itertools import accumulate

from poqi_core.messages import Message, Received
from poqi_core.outputs import Send
from poqi_core.properties import Property
from poqi_core.run import Execution, Run


def first_stuck(run: Run, entry: Property) -> int:
    """After how many acts ``entry`` is first violated and no honest step left.

    ``run`` must end like that.
    """
    witnessed = _witnessed(run)
    execution = Execution(run)
    for acts, act in enumerate(run.acts):
        if not witnessed[acts] and execution.violation(entry) is not None:
            if next(execution.honest_steps(), None) is None:
                return acts
        execution.perform(act)
    return len(run.acts)


def _witnessed(run: Run) -> list[bool]:
    """For each number of acts, whether an honest step is known to be left after so many.

    What befalls an honest node could have befallen it as well at any moment since it last did
    anything, if it was sent by then.  What a network may lose is no step that must be left.
    """
    execution = Execution(run)
    latest = dict.fromkeys(execution.states, 0)
    sent: dict[tuple[int, Message, int], int] = {}
    changes = [0] * (len(run.acts) + 1)
    for acts, act in enumerate(run.acts):
        event, since = act.event, latest[act.node]
        if isinstance(event, Received):
            posted = sent.get((event.sender, event.message, act.node))
            since = acts + 1 if posted is None else max(since, posted)
        if act.node in run.honest and not run.losses and since <= acts:
            changes[since] += 1
            changes[acts + 1] -= 1
        moment = execution.perform(act)
        latest[act.node] = acts + 1
        if act.node in run.honest:
            for output in moment.outputs:
                if isinstance(output, Send):
                    for recipient in output.recipients:
                        sent.setdefault((act.node, output.message, recipient), acts + 1)
    return [known > 0 for known in accumulate(changes)]
