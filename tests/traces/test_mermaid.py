"""The text for Mermaid: a participant a node, a message a line, nothing that it would misread."""

import re
from dataclasses import replace

import pytest
from trace_runs import by_name

import traces
from traces.diagram import diagram

NAMES = list(by_name())

LINE = re.compile(
    r"    (participant N\d+ as [^;#]+"
    r"|N\d+--?>>N\d+: \d+\. (?:[^;#<>&%]|#\d+;)+"
    r"|Note over N\d+(,N\d+)?: (?:[^;#<>&%]|#\d+;|<br/>)+)"
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("everything", [False, True])
def test_every_line_is_of_the_grammar(name: str, everything: bool) -> None:
    text = traces.mermaid(by_name()[name].trace(), everything=everything)
    front, title, back, kind, *lines = text.splitlines()
    assert (front, back, kind) == ("---", "---", "sequenceDiagram")
    assert re.fullmatch(r"title: [a-z-]+ is violated after \d+ steps?", title)
    for line in lines:
        assert LINE.fullmatch(line), line


@pytest.mark.parametrize("name", NAMES)
def test_every_message_is_a_line_in_its_order(name: str) -> None:
    trace = by_name()[name].trace()
    lines = re.findall(r"N(\d+)(--?>>)N(\d+): (\d+)\.", traces.mermaid(trace, everything=True))
    wanted = [
        (
            str(row.arrow.sender),
            "-->>" if row.arrow.sent_at is None else "->>",
            str(row.step.node),
            str(row.step.number),
        )
        for row in diagram(trace).rows
        if row.arrow is not None
    ]
    assert lines == wanted


def test_only_what_the_violation_depends_on_unless_all_is_asked_for() -> None:
    trace = by_name()["forged final"].trace()
    assert "1 step left out" in traces.mermaid(trace)
    assert "10. node 3 classifies" not in traces.mermaid(trace)
    assert "10. node 3 classifies" in traces.mermaid(trace, everything=True)


def test_a_walk_has_no_verdict() -> None:
    run = by_name()["forged final"].run
    text = traces.mermaid(traces.record(replace(run, acts=run.acts[:6]), None))
    assert text.startswith("---\ntitle: a walk of 6 steps\n---\n")
    assert "breaks" not in text
