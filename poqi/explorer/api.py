"""What the page asks of the explorer, as JSON in and JSON out.

The explorer remembers nothing: the page holds the walk, sends it with every request, and the
core runs along it again.  A request that makes no sense is refused with a reason.
"""

import re
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path

import traces
from checker.question import QuestionError
from checker.sweep import Limits, answer
from poqi.errors import CommandError
from poqi.explorer.errors import RefusedError
from poqi.explorer.ground import Ground
from poqi.explorer.position import Choice, Position
from poqi.files import write_whole
from poqi_core.properties import Property, properties_for
from poqi_core.run import Act, DepartureError
from traces.codec import decode, encode
from traces.diagram import diagram, plain
from traces.document import check_acts
from traces.json_text import Json
from traces.record import unfolded
from traces.typography import typeset, typeset_all

MOST_ACTS = 1_000
"""The most steps of a walk."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.itf\.json")


class Explorer:
    """Answers the requests of the page.

    Attributes:
        ground: what is explored.
        folder: where walks can be saved; None: nowhere, the browser keeps them.
        seconds: the most seconds that a search for a counterexample may take.
    """

    def __init__(self, ground: Ground, folder: Path | None = None, seconds: float = 30.0) -> None:
        self.ground = ground
        self.folder = folder
        self.seconds = seconds
        self._properties = properties_for(ground.setting.config)
        self._searching = threading.Lock()
        self._answers: dict[str, Callable[[Mapping[str, Json]], Json]] = {
            "/api/start": self._start,
            "/api/walk": self._walk,
            "/api/search": self._search,
            "/api/save": self._save,
        }

    def knows(self, path: str) -> bool:
        """Whether there is such a request."""
        return path in self._answers

    def answer(self, path: str, request: Json) -> Json:
        """What comes of a request.

        Raises:
            RefusedError: it makes no sense, or cannot be granted.
        """
        if not isinstance(request, dict):
            raise RefusedError("a request is a JSON object")
        try:
            return self._answers[path](request)
        except (traces.TraceError, DepartureError, QuestionError) as error:
            raise RefusedError(str(error)) from None

    def _start(self, request: Mapping[str, Json]) -> Json:
        """What the page has to know once."""
        _only(request)
        return {
            "acts": _encoded(self.ground.start),
            "rounds": self.ground.network == "rounds",
            "properties": [entry.name for entry in self._properties],
            "folder": None if self.folder is None else str(self.folder),
            "seconds": int(self.seconds),
        }

    def _walk(self, request: Mapping[str, Json]) -> Json:
        """What can happen and what holds after ``at`` steps of a walk, and its picture if asked."""
        _only(request, "acts", "at", "round", "draw")
        acts = self._acts(request)
        at = _whole(request, "at", 0, len(acts))
        last = acts[at - 1].round if at else 0
        position = Position(self.ground, acts[:at], _whole(request, "round", 0, last + 10))
        draw = request.get("draw")
        if not isinstance(draw, bool):
            raise RefusedError("draw: expected true or false")
        return {
            "picture": self._picture(acts) if draw else None,
            "round": position.round,
            "can_end_round": position.can_end_round(),
            "choices": [_choice(choice) for choice in position.choices()],
            "standings": [typeset_all(plain(standing)) for standing in position.standings()],
        }

    def _picture(self, acts: tuple[Act, ...]) -> Json:
        walk = unfolded(self.ground.run(acts), None, profile=self.ground.profile)
        return typeset_all(plain(diagram(walk)))

    def _search(self, request: Mapping[str, Json]) -> Json:
        """A shortest counterexample to a property, found by the checker within its budget."""
        _only(request, "property")
        question = self.ground.question(self._property(request))
        if not self._searching.acquire(blocking=False):
            raise RefusedError("the checker is searching already", HTTPStatus.CONFLICT)
        try:
            found = answer(question, Limits(seconds=self.seconds))
        finally:
            self._searching.release()
        result = found.results[0]
        return {
            "verdict": result.verdict.value,
            "states": found.states,
            "acts": None if result.run is None else _encoded(result.run.acts),
        }

    def _save(self, request: Mapping[str, Json]) -> Json:
        """The walk as a trace file: its text, or where it was written."""
        _only(request, "acts", "property", "name")
        name = request.get("name")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise RefusedError(
                "the name of a trace file is letters, digits, '.', '_' and '-', and ends in "
                ".itf.json"
            )
        entry = None if request.get("property") is None else self._property(request)
        run = self.ground.run(self._acts(request))
        text = traces.write(
            traces.record(
                run,
                None if entry is None else entry.name,
                profile=self.ground.profile,
                command="poqi explore",
            )
        )
        if self.folder is None:
            return {"name": name, "text": text, "path": None}
        path = self.folder / name
        if path.exists():
            raise RefusedError(f"there is a file {path} already", HTTPStatus.CONFLICT)
        try:
            write_whole(path, text)
        except CommandError as error:
            raise RefusedError(str(error), HTTPStatus.INTERNAL_SERVER_ERROR) from None
        return {"name": name, "text": None, "path": str(path)}

    def _property(self, request: Mapping[str, Json]) -> Property:
        for entry in self._properties:
            if entry.name == request.get("property"):
                return entry
        known = ", ".join(entry.name for entry in self._properties)
        raise RefusedError(f"property: there is none of that name; there are {known}")

    def _acts(self, request: Mapping[str, Json]) -> tuple[Act, ...]:
        given = request.get("acts")
        if not isinstance(given, list):
            raise RefusedError("acts: expected a list")
        if len(given) > MOST_ACTS:
            raise RefusedError(f"a walk has at most {MOST_ACTS:,} steps, not {len(given):,}")
        acts = tuple(decode(Act, act, f"acts[{at}]") for at, act in enumerate(given))
        check_acts(self.ground.run(acts), lambda step: f"acts[{step - 1}]")
        return acts


def _encoded(acts: tuple[Act, ...]) -> Json:
    return [encode(Act, act) for act in acts]


def _choice(choice: Choice) -> Json:
    return {
        "act": encode(Act, choice.act),
        "node": choice.step.node,
        "kind": choice.kind,
        "owed": choice.owed,
        "what": typeset(choice.step.what),
        "changes": [typeset(change) for change in choice.step.changes],
        "sent": [typeset(sent) for sent in choice.step.sent],
    }


def _only(request: Mapping[str, Json], *names: str) -> None:
    """Refuse a request with a field that means nothing."""
    for name in request:
        if name not in names:
            raise RefusedError(f"there is no field {name[:40]!a} in this request")


def _whole(request: Mapping[str, Json], name: str, least: int, most: int) -> int:
    value = request.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise RefusedError(f"{name}: expected a whole number from {least} to {most}")
    return value
