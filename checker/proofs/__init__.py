"""Proofs for every number of nodes and faults, with z3 (docs/proofs.md).

``theorems.theorems()`` is everything that is proved; ``theorems.prove`` proves one of them.
z3 is an optional dependency: only ``agreement``, ``invariant``, ``ledger`` and what they are
made of (``logic``, ``transitions``, ``structures``) can be imported without it.
"""
