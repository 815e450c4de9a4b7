"""TLC, on the modules that others have published, counts the states that the examples have.

Those modules are not part of this project.  ``POQI_TLA_EXAMPLES`` names a copy of
https://github.com/tlaplus/Examples; without it nothing is compared here (the published counts
are, in tests/examples).
"""

import os
import re
import shutil
from pathlib import Path

import pytest
from tlc import Checked, check, missing

from checker.examples.catalogue import EXAMPLES

PUBLISHED = Path(os.environ.get("POQI_TLA_EXAMPLES", "")) / "specifications"

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(bool(missing()), reason=missing() or "TLC is there"),
    pytest.mark.skipif(
        "POQI_TLA_EXAMPLES" not in os.environ,
        reason="POQI_TLA_EXAMPLES names no copy of https://github.com/tlaplus/Examples",
    ),
]

LIBRARIES = (
    "FiniteSetTheorems",
    "FunctionTheorems",
    "Functions",
    "NaturalsInduction",
    "SequenceTheorems",
    "TLAPS",
)

NAMED = {example.name: example for example in EXAMPLES}


def states_and_levels(name: str, **chosen: int) -> tuple[int, int]:
    found = NAMED[name].build(NAMED[name].values(chosen), None).check("full")
    return found.states, found.depth + 1


def modules(source: Path, folder: Path) -> None:
    """Copy the modules, with empty ones in the place of the libraries of proofs."""
    for path in (*source.glob("*.tla"), *source.glob("*.cfg")):
        shutil.copy(path, folder)
    for library in LIBRARIES:
        (folder / f"{library}.tla").write_text(f"---- MODULE {library} ----\n====\n")


def checked(module: str, configuration: str, folder: Path) -> Checked:
    return check(f"{module}.tla", configuration, folder, folder, spec=folder)


def test_two_phase_commit(tmp_path: Path) -> None:
    modules(PUBLISHED / "transaction_commit", tmp_path)
    found = checked("TwoPhase", "TwoPhase.cfg", tmp_path)
    assert (found.states, found.depth) == states_and_levels("two-phase-commit") == (288, 11)


PAXOS = """
---- MODULE Run ----
EXTENDS Paxos
CONSTANTS a1, a2, a3, v1, v2
Acceptors == {a1, a2, a3}
Values == {v1, v2}
Quorums == {{a1, a2}, {a1, a3}, {a2, a3}}
Ballots == 0..1
====
"""
"""What MCPaxos says for MCPaxosTiny, without the modules that Paxos refines."""

PAXOS_CONFIGURATION = """
CONSTANTS
  a1 = a1  a2 = a2  a3 = a3  v1 = v1  v2 = v2  None = None
  Acceptor <- Acceptors
  Value <- Values
  Quorum <- Quorums
  Ballot <- Ballots
SPECIFICATION Spec
INVARIANT TypeOK
"""


def test_paxos(tmp_path: Path) -> None:
    source = PUBLISHED / "PaxosHowToWinATuringAward" / "Paxos.tla"
    published = source.read_text(encoding="utf-8")
    actions = published[: published.index("V == INSTANCE Voting")] + "\n====\n"
    (tmp_path / "Paxos.tla").write_text(actions, encoding="utf-8")
    (tmp_path / "Run.tla").write_text(PAXOS, encoding="utf-8")
    (tmp_path / "Run.cfg").write_text(PAXOS_CONFIGURATION, encoding="utf-8")
    found = checked("Run", "Run.cfg", tmp_path)
    assert (found.states, found.depth) == states_and_levels("paxos") == (3_921, 17)


BYZANTINE_PAXOS = r"""
---- MODULE Run ----
EXTENDS Integers, FiniteSets
CONSTANTS Value, Acceptor, FakeAcceptor, ByzQuorum, WeakQuorum, NoValue, Views
VARIABLES maxBal, maxVBal, maxVVal, 2avSent, bmsgs
Upon1b == INSTANCE BPConProof WITH
  knowsSent <- [a \in Acceptor |-> {m \in bmsgs : m.type = "1b"}]
Others == INSTANCE BPConProof WITH knowsSent <- {}
Given_None == NoValue
Lies == [type : {"1b"}, bal : Views, mbal : {-1}, mval : {NoValue},
         m2av : {[val : Value, bal : Views]}, acc : FakeAcceptor]
  \cup [type : {"2av", "2b"}, bal : Views, val : Value, acc : FakeAcceptor]
Init ==
  /\ maxBal = [a \in Acceptor |-> 0]
  /\ maxVBal = [a \in Acceptor |-> -1]
  /\ maxVVal = [a \in Acceptor |-> NoValue]
  /\ 2avSent = [a \in Acceptor |-> {}]
  /\ bmsgs = Lies \cup [type : {"1a"}, bal : Views] \cup [type : {"1c"}, bal : Views, val : Value]
       \cup [type : {"1b"}, bal : {0}, mbal : {-1}, mval : {NoValue}, m2av : {{}}, acc : Acceptor]
Next == \E a \in Acceptor, b \in Views :
  Others!Phase1b(a, b) \/ Upon1b!Phase2av(a, b) \/ Others!Phase2b(a, b)
====
"""
"""The actions of BPConProof, with all that malicious leaders and acceptors can say said already.

An acceptor knows every 1b message that has been sent, as the messages are signed and come with
the 1c message.  Phase 1 of ballot 0 is over.  Of the 1b messages of a fake acceptor the one that
satisfies every condition of KnowsSafeAt stands for all.
"""

BYZANTINE_PAXOS_CONFIGURATION = """
CONSTANTS
  Value = {{v1, v2}}
  Acceptor = {{a1, a2, a3}}
  FakeAcceptor = {{fa1}}
  ByzQuorum = {{{{a1, a2, fa1}}, {{a1, a3, fa1}}, {{a2, a3, fa1}}, {{a1, a2, a3}}}}
  WeakQuorum = {{{{a1, fa1}}, {{a2, fa1}}, {{a3, fa1}}, {{a1, a2}}, {{a1, a3}}, {{a2, a3}}}}
  Views = {{{views}}}
  NoValue = NoValue
  None <- [BPConProof] Given_None
INIT Init
NEXT Next
"""


@pytest.mark.parametrize(("views", "states"), [(1, 125), (2, 35_588)])
def test_pbft(views: int, states: int, tmp_path: Path) -> None:
    published = (PUBLISHED / "byzpaxos" / "BPConProof.tla").read_text(encoding="utf-8")
    # TLC's parser cannot read the proofs, which begin with the first lemma about Next.
    actions = published[: published.index("LEMMA NextDef")] + "\n====\n"
    actions = re.sub(r"LEMMA BMessageLemma.*?(?=\n-----)", "", actions, flags=re.DOTALL)
    actions = actions.replace(", FiniteSetTheorems, TLAPS", "")
    (tmp_path / "BPConProof.tla").write_text(actions, encoding="utf-8")
    (tmp_path / "Run.tla").write_text(BYZANTINE_PAXOS, encoding="utf-8")
    text = BYZANTINE_PAXOS_CONFIGURATION.format(views=", ".join(map(str, range(views))))
    (tmp_path / "Run.cfg").write_text(text, encoding="utf-8")
    found = checked("Run", "Run.cfg", tmp_path)
    assert (found.states, found.depth) == states_and_levels("pbft", views=views)
    assert found.states == states


def test_reliable_broadcast(tmp_path: Path) -> None:
    modules(PUBLISHED / "bcastByz", tmp_path)
    published = (tmp_path / "bcastByz.tla").read_text(encoding="utf-8")
    without_proofs = re.split(r"^(?:THEOREM|LEMMA)", published, maxsplit=1, flags=re.MULTILINE)[0]
    (tmp_path / "bcastByz.tla").write_text(without_proofs + "\n====\n", encoding="utf-8")
    configuration = (tmp_path / "bcastByz.cfg").read_text(encoding="utf-8")
    only_safety = re.sub(r"^PROPERTIES.*\n", "", configuration, flags=re.MULTILINE)
    (tmp_path / "bcastByz.cfg").write_text(only_safety, encoding="utf-8")
    found = checked("bcastByz", "bcastByz.cfg", tmp_path)
    states, levels = states_and_levels("reliable-broadcast")
    assert (found.states, found.depth) == (8 * states, levels) == (14_424, 7)
