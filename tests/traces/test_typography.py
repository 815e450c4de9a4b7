"""Words in pictures: whatever is done for the eye, the words stay the same."""

import pytest
from trace_runs import by_name

from traces.diagram import diagram, plain
from traces.json_text import Json
from traces.typography import typeset, typeset_all


@pytest.mark.parametrize(
    ("text", "set_"),
    [
        ("node 0 -> node 12: vo = 1", "node\u00a00 → node\u00a012: vo\u00a0=\u00a01"),
        ("nodes 0 and 1", "nodes 0 and 1"),
        ("sample 0 in view 3", "sample\u00a00 in view\u00a03"),
        ("evidence A-BB, --A and [AB]-C", "evidence A\u2011BB, \u2011\u2011A and [AB]\u2011C"),
        ("pre-prepare, decided-validity", "pre-prepare, decided-validity"),
    ],
)
def test_no_line_ends_in_the_middle_of_a_name(text: str, set_: str) -> None:
    assert typeset(text) == set_


def _texts(value: Json) -> list[str]:
    match value:
        case str():
            return [value]
        case list():
            return [text for item in value for text in _texts(item)]
        case dict():
            return [text for item in value.values() for text in _texts(item)]
        case _:
            return []


@pytest.mark.parametrize("name", list(by_name()))
def test_every_text_can_be_told_back_from_how_it_is_set(name: str) -> None:
    picture = plain(diagram(by_name()[name].trace()))
    back = str.maketrans({"\u00a0": " ", "\u2011": "-", "→": "->"})
    assert [text.translate(back) for text in _texts(typeset_all(picture))] == _texts(picture)
