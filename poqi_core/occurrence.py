"""Whether records are such that a property says anything of them.

A property about two nodes that decide says nothing where only one does.  What holds since that
never came about is vacuous.
"""

from collections.abc import Mapping
from typing import TypeAlias

from poqi_core.history import Record

Records: TypeAlias = Mapping[int, Record]
"""The record of each honest node."""


def always(records: Records) -> bool:
    """Of any records."""
    return True


def somebody_decides(records: Records) -> bool:
    """A node holds a label for a sample, or that it has none."""
    return any(record.history or record.undecided for record in records.values())


def two_decide(records: Records) -> bool:
    """Two nodes do."""
    return sum(bool(record.history or record.undecided) for record in records.values()) > 1


def two_leave_views(records: Records) -> bool:
    """Two nodes have left a view."""
    return sum(bool(record.outcomes) for record in records.values()) > 1


def two_hold_rewards(records: Records) -> bool:
    """Two nodes have finished a view, and hold rewards then."""
    return sum(bool(record.rewards) for record in records.values()) > 1


def two_settle(records: Records) -> bool:
    """Two nodes have computed an outcome from evidence."""
    return sum(bool(record.evidence) for record in records.values()) > 1
