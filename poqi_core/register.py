"""The register of the readings: what each question is, and which answers there are.

Whatever can be answered differently is an entry here, never a branch that the code takes on its
own.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from poqi_core.readings import Readings, Value


class ReadingError(ValueError):
    """A reading that does not exist, or a value that it cannot take."""


class Reading(NamedTuple):
    """An entry of the register."""

    name: str
    clause: str
    question: str
    words: Mapping[str, str]
    """The words it can take, each with its meaning."""
    numbers: str = ""
    """What a number is where one is allowed: a ``count`` from 1, a rational ``amount`` from 0."""


REPAIR = "repair"
"""The clause of a reading that is no question of the paper's."""


def _choice(yes: str, no: str) -> dict[str, str]:
    return {"yes": yes, "no": no}


REGISTER: tuple[Reading, ...] = (
    Reading(
        "quorum",
        "II; III; III.2",
        "How many identical messages are a quorum?",
        {
            "2f+1": "as section III.2 writes",
            "majority": "more than N/2",
            "intersecting": "more than (N+f)/2, so that two quorums share an honest node",
        },
    ),
    Reading(
        "decide",
        "III.2; IV",
        "Who decides, and on what?",
        {
            "commits": "whoever sees a quorum of commits",
            "obey": "the primary on a quorum of commits, the others at its word",
            "primary": "the primary alone; nobody else learns it (one sample only)",
        },
    ),
    Reading(
        "commit_to",
        "III.2 'transmits it back to the primary'",
        "Who receives a commit?",
        {"all": "everybody", "primary": "the primary alone"},
    ),
    Reading(
        "check_final",
        "III.2 'first ensures its validity'",
        "Must a prepare's final decision carry the primary's label?",
        _choice("others are ignored", "only the view and the label are checked"),
    ),
    Reading(
        "prepare_once",
        "III.2",
        "Does a node send at most one prepare and one commit in a view?",
        _choice("one of each", "one for each different valid prepare"),
    ),
    Reading(
        "first_preprepare_only",
        "III.1",
        "Does a node heed only the first pre-prepare of a view?",
        _choice("others are ignored", "each is treated like the first"),
    ),
    Reading(
        "prepare_needs_preprepare",
        "III.2",
        "Must a node have heard the pre-prepare before it prepares?",
        _choice("the primary's prepare waits for it", "at once, if the label is its own"),
    ),
    Reading(
        "latch",
        "III.1 'from now onwards ... recognizes the primary as a faulty one'",
        "Is a node bound by its vote against a primary?",
        _choice("it prepares nothing more in that view", "it prepares whatever is valid"),
    ),
    Reading(
        "commit_needs_prepare",
        "III.2",
        "Must a node have prepared what it commits?",
        _choice("it commits nothing else", "a quorum of others' prepares is enough"),
    ),
    Reading(
        "primary_commit_counts",
        "III.2 '2f+1 identical commit messages from different validators'",
        "Is the primary one of the agents that a quorum of commits is made of?",
        _choice(
            "it hears the relayed prepares and commits like the others", "only validators commit"
        ),
    ),
    Reading(
        "primary_hears_view_change",
        "III.1 'to the rest of the validators'",
        "Do votes reach the primary that they are about?",
        _choice("it leaves the view with the others", "it never learns that it was rejected"),
    ),
    Reading(
        "stop_after_decision",
        "III.2",
        "Does a node leave the view in which it has decided?",
        _choice("at once", "it takes part until its next input sample arrives"),
    ),
    Reading(
        "late_messages",
        "III.2",
        "Do commits and decisions of an earlier view of the same sample count?",
        _choice("they do", "they are stale"),
    ),
    Reading(
        "wrong_view",
        "III.1 'or if v_j != v_p'",
        "What of a pre-prepare of another view?",
        {"ignore": "it is stale or early", "vote": "a vote with vo = 0 answers it"},
    ),
    Reading(
        "predictions_to",
        "III; III.2 eq. (5)",
        "Who receives a validator's prediction?",
        {"primary": "the primary alone", "all": "everybody"},
    ),
    Reading(
        "collect",
        "III.2 eq. (5)",
        "How many matching predictions does the primary wait for, its own included?",
        {
            "own": "its own is enough",
            "round": "all that arrive until the environment closes the round",
        },
        numbers="count",
    ),
    Reading(
        "timeout",
        "II (PBFT)",
        "What does a node do when its timer runs out?",
        {
            "none": "there are no timers",
            "vote": "it votes against the primary, vo = 1",
            "ballot": "it changes the ballot (agree_on=evidence)",
        },
    ),
    Reading(
        "reward",
        "III.1 eq. (4)",
        "Does a reward add to what was collected so far?",
        {"accumulate": "r + q", "assign": "r = q, as eq. (4) writes"},
    ),
    Reading(
        "reward_when",
        "III.1 eq. (4)",
        "When has a primary kept the majority?",
        {
            "decided": "when a node decides in its view",
            "not_rejected": "when a node prepares, or leaves its view, and has not rejected it",
        },
    ),
    Reading("q", "III.1 eq. (4)", "How much does a primary earn?", {}, numbers="amount"),
    Reading("reward_start", "III.1", "What reward does a node start with?", {}, numbers="amount"),
    Reading(
        "combine",
        "III.2",
        "By which rule are matching predictions combined?",
        {"average": "the mean of each class", "median": "the median of each class"},
    ),
    Reading(
        "tie",
        "III.3",
        "Who comes first among nodes of equal reward?",
        {"lowest": "the lowest number", "free": "the environment chooses, for each node"},
    ),
    Reading(
        "conflict_after",
        "III.3",
        "How many rejected views in a row make a conflict sample?",
        {"N": "one for each node"},
        numbers="count",
    ),
    Reading(
        "expert_label",
        "III.3",
        "Which label does a node count with when a conflict sample falls?",
        {
            "heard": "the one heard in its pre-prepare",
            "told": "the deciding node gives its word when the sample falls",
        },
    ),
    Reading(
        "authentication",
        "III.2 'encrypted prepare message'",
        "What does a message prove?",
        {
            "channel": "its sender to its receiver, and nothing to others",
            "signatures": "its author to anybody",
        },
    ),
    Reading(
        "agree_on",
        REPAIR,
        "What do the nodes agree on?",
        {
            "label": "on the primary's label, as published",
            "evidence": "on a set of signed predictions; views, label and rewards follow from it",
            "broadcast": "on the same, by rounds in which everybody's prediction is passed on",
        },
    ),
    Reading(
        "evidence_size",
        REPAIR,
        "How many signed predictions are evidence?",
        {"N-f": "as many as are sure to come"},
        numbers="count",
    ),
    Reading(
        "evidence_distinct",
        REPAIR,
        "Must the predictions of evidence be of different nodes?",
        _choice("each node counts once", "a node can be in it again"),
    ),
    Reading(
        "absent",
        REPAIR,
        "What of a node whose prediction is not in the evidence?",
        {"silent": "it says nothing", "objectors": "it counts as objecting to the primary"},
    ),
    Reading(
        "support",
        REPAIR,
        "How many nodes must support a label that is decided?",
        {
            "f+1": "one of them is honest",
            "f+1-absent": "less one for each that is not in the evidence, if that proves it "
            "faulty (agree_on=broadcast)",
        },
        numbers="count",
    ),
    Reading(
        "ballot_leader",
        REPAIR,
        "Who leads the ballots of a sample?",
        {
            "rotates": "in ballot b of sample i node (i + b) mod N",
            "fixed": "in every ballot of sample i node i mod N",
        },
    ),
    Reading(
        "lock",
        REPAIR,
        "What may the leader of a later ballot propose?",
        {
            "highest": "the evidence of the highest lock of those who changed to the ballot",
            "any": "the evidence of any lock",
            "none": "whatever it likes",
        },
    ),
    Reading(
        "lock_proof",
        REPAIR,
        "Must a lock carry the signatures of a quorum?",
        _choice("others are none", "its owner's word is enough"),
    ),
    Reading(
        "ballot_changes",
        REPAIR,
        "How many nodes must have changed to a later ballot before its proposal is prepared?",
        {"quorum": "one of them is honest and was in every earlier quorum"},
        numbers="count",
    ),
    Reading(
        "commit_late",
        REPAIR,
        "Does a quorum of prepares commit a node that has left the ballot?",
        _choice("it does", "what it said of its lock when it left stays true"),
    ),
    Reading(
        "decision_proof",
        REPAIR,
        "Does a node that decides show the others the quorum of commits?",
        _choice("it does, and they decide", "each must see a quorum by itself"),
    ),
    Reading(
        "broadcast_rounds",
        REPAIR,
        "In how many rounds do predictions arrive (agree_on=broadcast)?",
        {"f+1": "in one of them no faulty node passes on what no other has seen"},
        numbers="count",
    ),
    Reading(
        "broadcast_signatures",
        REPAIR,
        "Which signatures must a prediction carry in round r (agree_on=broadcast)?",
        {
            "growing": "those of its author, of its sender, and of r nodes at least",
            "author": "those of its author and of its sender, in whatever round",
            "none": "none: the sender is believed",
        },
    ),
    Reading(
        "relay_second",
        REPAIR,
        "Does a node accept a second prediction of the same author, and pass it on?",
        _choice("it does, and two count for none", "only the first counts"),
    ),
)
"""Every reading, in the order of the fields of :class:`Readings`."""

REPAIRS = tuple(entry.name for entry in REGISTER if entry.clause == REPAIR)
"""The readings that the paper does not raise: each switches a part of the repaired protocol."""

_COUNT = re.compile(r"[0-9]{1,9}")
_AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9}|/0{0,8}[1-9][0-9]{0,8})?")
"""Numbers as a person writes them; an exponent could name one that no memory holds."""

_BY_NAME = {reading.name: reading for reading in REGISTER}


def reading(name: str) -> Reading:
    """The register's entry for ``name``.

    Raises:
        ReadingError: there is no such reading; the message lists those that exist.
    """
    try:
        return _BY_NAME[name]
    except KeyError:
        known = ", ".join(_BY_NAME)
        raise ReadingError(f"there is no reading {name!r}; the readings are {known}") from None


def parse_value(name: str, text: str) -> Value:
    """The value that ``text`` stands for in the reading ``name``.

    Raises:
        ReadingError: the reading is unknown, or ``text`` is none of its values.
    """
    entry = reading(name)
    if text in entry.words:
        return text
    if entry.numbers == "count" and _COUNT.fullmatch(text) and int(text) > 0:
        return int(text)
    if entry.numbers == "amount" and _AMOUNT.fullmatch(text):
        return Fraction(text)
    raise ReadingError(f"reading {name} cannot be {text!r}; it takes {describe_values(entry)}")


def describe_values(entry: Reading) -> str:
    """The values that a reading takes, as a person would list them."""
    numbers = {"count": "a whole number from 1", "amount": "a number from 0, such as 1 or 1/2"}
    values = [*entry.words, *filter(None, [numbers.get(entry.numbers)])]
    return " or ".join(values)


def with_changes(readings: Readings, changes: Mapping[str, str]) -> Readings:
    """``readings`` with the named ones changed to the values that the texts stand for.

    Raises:
        ReadingError: a name or a value is unknown.
    """
    result = readings
    for name, text in changes.items():
        result = replace(result, **{name: parse_value(name, text)})  # type: ignore[arg-type]
    return result
