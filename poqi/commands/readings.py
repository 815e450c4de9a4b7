"""List the readings of the paper: every place where its text is open, and each answer to it.

A reading is a named choice.  A profile fixes all of them, and --reading NAME=VALUE of the
other commands changes one alone.
"""

import argparse
import json
import textwrap

from poqi.errors import CommandError, Exit
from poqi_core.readings import PROFILES, Value
from poqi_core.register import REGISTER, Reading

_EPILOG = """\
examples:
  poqi readings
  poqi readings --profile literal
  poqi readings --json

exit status: 0 listed, 2 misuse
"""

_WIDTH = 100
_MARGIN = 4
_NUMBERS = {"count": "a whole number from 1", "amount": "a number from 0, such as 1 or 1/2"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.epilog = _EPILOG
    parser.add_argument(
        "--profile", metavar="NAME", help="show only what this profile takes, a reading a line"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Print the register, or the answers of one profile."""
    profile: str | None = arguments.profile
    if profile is not None and profile not in PROFILES:
        known = ", ".join(PROFILES)
        raise CommandError(f"there is no profile {profile!r}; the profiles are {known}")
    profiles = list(PROFILES) if profile is None else [profile]
    if arguments.json:
        text = _as_json(profiles)
    elif profile is None:
        text = _as_register()
    else:
        text = _as_profile(profile)
    print(text)
    return Exit.OK


def _as_json(profiles: list[str]) -> str:
    document = {
        "schema": 1,
        "profiles": profiles,
        "readings": [
            {
                "name": entry.name,
                "clause": entry.clause,
                "question": entry.question,
                "values": [
                    {"value": word, "meaning": meaning} for word, meaning in entry.words.items()
                ],
                "numbers": entry.numbers or None,
                "taken": {name: str(PROFILES[name].value(entry.name)) for name in profiles},
            }
            for entry in REGISTER
        ],
    }
    return json.dumps(document, indent=1)


def _meaning(entry: Reading, value: Value) -> str:
    return entry.words.get(str(value), "")


def _as_profile(profile: str) -> str:
    """A line a reading: its name, what the profile takes, and what that means."""
    taken = PROFILES[profile].items()
    names = max(len(name) for name, _ in taken)
    values = max(len(str(value)) for _, value in taken)
    lines = []
    for entry, (name, value) in zip(REGISTER, taken, strict=True):
        explained = _meaning(entry, value) or entry.question
        line = f"{name:<{names}}  {value!s:<{values}}  {explained}"
        lines += textwrap.wrap(line, _WIDTH, subsequent_indent=" " * (names + values + 4))
    return "\n".join(lines)


def _as_register() -> str:
    """Each reading with its clause, its question, and its values with those that take them."""
    return "\n\n".join(_entry(entry) for entry in REGISTER)


def _entry(entry: Reading) -> str:
    takers: dict[str, list[str]] = {}
    for name, readings in PROFILES.items():
        takers.setdefault(str(readings.value(entry.name)), []).append(name)
    rows = dict(entry.words)
    if entry.numbers:
        rows |= {value: "" for value in takers if value not in rows}
        rows[_NUMBERS[entry.numbers]] = ""
    head = f"{entry.name}  (section {entry.clause})"
    lines = [*_wrapped(head, 0), *_wrapped(entry.question, _MARGIN)]
    for value, meaning in rows.items():
        taken = f" [{', '.join(takers[value])}]" if value in takers else ""
        explained = f": {meaning}" if meaning else ""
        lines += _wrapped(f"{value}{taken}{explained}", 2 * _MARGIN)
    return "\n".join(lines)


def _wrapped(text: str, indent: int) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=" " * indent, subsequent_indent=" " * (indent + _MARGIN)
    )
