"""The scope of a verdict: exactly what it is about, in words."""

import argparse

from checker.exploration import Resource
from checker.liveness.conditions import can_change_for_ever
from checker.question import Question, pattern_text
from checker.verdict import Answer
from checker.views.conditions import composes
from poqi.readings_options import changes_of

RAN_OUT = {
    Resource.SECONDS: "the budget of time ran out",
    Resource.STATES: "the budget of states ran out",
    Resource.MEMORY: "the budget of memory ran out",
    Resource.PATIENCE: "Ctrl-C was pressed",
    Resource.WORKER: "a worker of the cluster died",
}
"""What stopped an exploration, in words."""


def scope_of(arguments: argparse.Namespace, question: Question, answer: Answer) -> str:
    """One sentence that states exactly what the verdict is about."""
    return f"Scope: {_extent(answer)} {subject_of(arguments, question)}."


def subject_of(arguments: argparse.Namespace, question: Question) -> str:
    """What the runs of a question have in common, in words."""
    return f"{protocol_of(arguments, question)}, {_sweep(question)}, {extent_of(question)}"


def protocol_of(arguments: argparse.Namespace, question: Question) -> str:
    """The profile, the readings that differ from it, N, f and the network."""
    changes = "".join(f", {name}={value}" for name, value in changes_of(arguments).items())
    return (
        f"profile {arguments.profile}{changes}, "
        f"N={question.nodes} with quorums for f={question.faults}, {_network(question)}"
    )


def extent_of(question: Question) -> str:
    """The samples, and how long each can take."""
    samples = f"{question.samples} sample{'s' if question.samples > 1 else ''}"
    if question.endless:
        samples += " again and again for ever"
    views = question.views_a_sample
    conflict = " (up to a conflict)" if views == question.config.conflict_after else ""
    each = f"{views} view{'s' if views > 1 else ''} a sample{conflict}"
    if question.config.has_ballots:
        ballots = question.ballots_a_sample
        each = f"{ballots} ballot{'s' if ballots > 1 else ''} a sample"
        stuck = any(entry.when_stuck for entry in question.properties)
        if stuck and can_change_for_ever(question.config, question.network):
            each += " (termination: any number)"
    start = f"from view {question.start_view}"
    composed = any(composes(question, entry) for entry in question.properties)
    if composed and question.covers_every_start_view:
        start += " (or any other, by rotation)"
    return f"{samples} {start}, {each}"


def _network(question: Question) -> str:
    match question.network:
        case "asynchronous":
            return "asynchronous network (the paper assumes synchrony)"
        case "rounds":
            return "network of lock-step rounds (the synchrony that the paper assumes)"
        case "ordered":
            return "lock-step rounds in which everyone receives the same in the same order"
    losses = f"at most {question.losses} message{'' if question.losses == 1 else 's'} lost"
    if question.partition is None:
        return f"lock-step rounds with {losses}"
    return f"lock-step rounds with {losses} besides the partition {question.partition.text()}"


def _extent(answer: Answer) -> str:
    if answer.exhausted is None:
        return "every run of"
    reached = f", every run of fewer than {answer.covered} steps was judged"
    return (
        f"{answer.finished} of {answer.settings} settings were finished when "
        f"{RAN_OUT[answer.exhausted]}{reached if answer.covered else ''}, of"
    )


def _sweep(question: Question) -> str:
    """The patterns, and who is faulty and how."""
    if question.predictions is not None:
        patterns = ", ".join(pattern_text(pattern) for pattern in question.predictions)
        swept = f"predictions {patterns}"
    else:
        every = "random" if question.drawn else "all"
        swept = f"{every} predictions of up to {question.labels} labels"
    adjective = question.fault.adjective
    if question.sweeps_placements:
        plural = "s" if question.faults > 1 else ""
        every = "random placements" if question.drawn else "every placement"
        name = f"{every} of {question.faults} {adjective} node{plural}"
    elif question.placements == ((),):
        return f"{swept}, no faulty node"
    else:
        name = who(question.placements[0], adjective)
    return f"{swept}, {name}{_means(question)}"


def _means(question: Question) -> str:
    """What the faulty nodes can do."""
    if not question.fault.forges:
        return f" ({question.fault.meaning})"
    labels = question.adversary_labels
    bound = (
        "one label more than the honest use"
        if labels is None
        else f"{labels} label{'s' if labels > 1 else ''}"
    )
    evidence = question.adversary_evidence
    if evidence is not None:
        bound += f" and {evidence} piece{'s' if evidence > 1 else ''} of evidence"
    if question.network == "ordered":
        return f" free to collude and to tell everybody the same, with {bound}"
    return f" free to equivocate and collude, with {bound}"


def who(nodes: tuple[int, ...], adjective: str) -> str:
    """``node 0 Byzantine``, ``nodes 0 and 2 Byzantine``, ``no fault``."""
    if not nodes:
        return "no fault"
    names = [str(node) for node in nodes]
    listed = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    return f"node{'s' if len(nodes) > 1 else ''} {listed} {adjective}"
