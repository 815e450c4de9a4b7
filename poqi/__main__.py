"""``python -m poqi``."""

from poqi.main import entry

entry()
