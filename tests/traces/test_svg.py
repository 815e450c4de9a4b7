"""The still picture: everything that the text says is in it, well formed and escaped."""

import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest
from trace_runs import by_name

import traces
from traces.diagram import diagram
from traces.drawing import drawing
from traces.typography import typeset

NAMES = list(by_name())
SVG = "{http://www.w3.org/2000/svg}"


def parsed(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)


def of_class(root: ElementTree.Element, style: str) -> list[ElementTree.Element]:
    return [element for element in root.iter() if style in element.get("class", "").split()]


def words(root: ElementTree.Element) -> str:
    return " ".join(element.text or "" for element in root.iter(f"{SVG}text"))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("everything", [False, True])
def test_every_step_and_message_that_is_asked_for_is_drawn(name: str, everything: bool) -> None:
    trace = by_name()[name].trace()
    rows = [row for row in diagram(trace).rows if everything or row.step.needed]
    root = parsed(traces.svg(trace, everything=everything))
    numbers = [element.text for element in of_class(root, "number")]
    assert numbers == [str(row.step.number) for row in rows]
    assert len(of_class(root, "mark")) == len(rows)
    arrows = [row.arrow for row in rows if row.arrow is not None]
    forged = [arrow for arrow in arrows if arrow.sent_at is None]
    assert len(of_class(root, "tip")) == len(arrows)
    assert len(of_class(root, "forged")) == len(forged)
    assert len(of_class(root, "idle")) == sum(row.idle for row in rows)
    shown = words(root)
    for row in rows:
        assert typeset(row.step.what) in shown or len(row.step.what) > 50


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_drawn_outside_the_picture(name: str) -> None:
    drawn = drawing(diagram(by_name()[name].trace()), everything=True)
    for shape in drawn.shapes:
        assert 0 <= shape.top <= shape.bottom <= drawn.height + 4
        element = parsed(shape.markup)
        for key in ("x", "x1", "x2", "cx"):
            assert 0 <= float(element.get(key, "0")) <= drawn.width
        for key in ("y", "y1", "y2", "cy"):
            assert 0 <= float(element.get(key, "0")) <= drawn.height
    assert list(drawn.seams) == sorted(set(drawn.seams))
    assert (drawn.seams[0], drawn.seams[-1]) == (0, drawn.height)


def test_a_line_begins_at_the_step_that_sent_and_points_to_the_step_that_received() -> None:
    trace = by_name()["forged final"].trace()
    root = parsed(traces.svg(trace))
    marks = {
        number.text: (float(mark.get("cx", "")), float(mark.get("cy", "")))
        for number, mark in zip(of_class(root, "number"), of_class(root, "mark"), strict=True)
    }
    lines = [line for line in root.iter(f"{SVG}line") if line.get("class") == "message"]
    sent = {
        (row.arrow.sent_at, row.step.number)
        for row in diagram(trace).rows
        if row.arrow is not None and row.arrow.sent_at is not None
    }
    for line, (begin, end) in zip(lines, sorted(sent, key=lambda pair: pair[1]), strict=True):
        start = (float(line.get("x1", "")), float(line.get("y1", "")))
        assert start == marks[str(begin)]
        tip_x, tip_y = float(line.get("x2", "")), float(line.get("y2", ""))
        x, y = marks[str(end)]
        assert abs(tip_x - x) < 15
        assert 0 < y - tip_y < 15


def test_a_faulty_node_is_told_apart_without_colour() -> None:
    text = traces.svg(by_name()["forged final"].trace())
    assert "Byzantine" in words(parsed(text))
    assert ".message.byzantine { stroke: var(--faulty); stroke-dasharray: 5 3;" in text
    assert ".lane.byzantine { stroke: var(--faulty); stroke-dasharray: 2 5;" in text


def test_the_picture_needs_nothing_else_and_is_always_the_same() -> None:
    text = traces.svg(by_name()["dead zone"].trace())
    assert text == traces.svg(by_name()["dead zone"].trace())
    assert "url(" not in text
    assert "href" not in text
    assert text.count("http") == 1, "the name of the format"


def test_what_a_file_says_is_text_and_nothing_else() -> None:
    trace = by_name()["two words"].trace()
    origin = trace.origin._replace(scope="</svg><script>alert(1)</script>", command='"><b>')
    text = traces.svg(replace(trace, origin=origin))
    assert "<script" not in text
    parsed(text)


def test_a_walk_of_no_step_is_drawn() -> None:
    run = replace(by_name()["forged final"].run, acts=())
    root = parsed(traces.svg(traces.record(run, None)))
    assert words(root) == "a walk of 0 steps node 0 Byzantine node 1 A node 2 A node 3 B"


def test_a_walk_is_drawn_without_a_verdict() -> None:
    run = by_name()["forged final"].run
    root = parsed(traces.svg(traces.record(replace(run, acts=run.acts[:6]), None)))
    assert words(root).startswith("a walk of 6 steps")
    assert of_class(root, "verdict") == []
    assert of_class(root, "cross") == []
