"""Style sheets and scripts of the pictures; each file is read once, when it is first needed."""

from functools import cache
from pathlib import Path


@cache
def asset(name: str) -> str:
    """The text of the file ``name`` of this folder."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
