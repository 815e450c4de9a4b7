"""Views composed one after the other: the checker at the paper's own scale.

With ``late_messages=no`` and ``wrong_view=ignore`` views are communication-closed: no step of a
view depends on a message of another.  So a view is explored once for each number of nodes of a
role and label (:mod:`~checker.views.relation`), from what the core lets one node of each role do
(:mod:`~checker.views.tabulation`), and a sample is a composition of such views
(:mod:`~checker.views.one_sample`).  ``docs/reductions.md``, 12 to 18, has the argument and its
conditions; :mod:`~checker.views.conditions` checks them and names the one that is not met.

For a verdict on properties there is :class:`~checker.views.engine.ComposedEngine`.  For
certificates of samples::

    from checker.views.certificate import Certifier

    certifier = Certifier(nodes=7, faults=2)     # profile paper, asynchronous; QuestionError else
    certificate = certifier.certificate((3, 3, None, 3, 5, None, 3), start_view=4)

The pattern has the label of each honest node (any integers from 0, such as classes) and None for
each faulty one; as many can be faulty as one likes.  The answer is exact, over every behaviour of
the faulty nodes, every schedule, and all views up to a conflict:

``certificate.decidable``
    the labels of honest nodes that some honest node can be made to decide in consensus;
``certificate.invented``
    whether one can be made to decide a label that no honest node predicts;
``certificate.can_differ``
    whether two honest nodes can be made to decide different labels in one run;
``certificate.blockable``
    the honest nodes that can be left in a view for ever although every message of an honest node
    arrives (no honest step is left; ending in a conflict is not counted);
``certificate.conflicts``
    the largest sets of honest nodes that can all take the sample for a conflict sample in one
    run, with how one other honest node has decided in that run (None: none needs to have), and
    the rewards that those in conflict then hold, if all began with the same.

A conflict sample has no label before the next sample is decided: ``decidable`` and
``can_differ`` are about decisions by consensus, and a caller adds what the rules of section III.3
can make of ``conflicts``.

:class:`~checker.views.demonstrations.Demonstrations` (``Demonstrations(certifier.config)``) has
a run of the core for each of these claims, to be recorded as a trace: ``deciding(pattern,
start_view, label)``, ``differing``, ``conflicting`` and ``blocking(pattern, start_view, node)``;
None where the claim is not true.

In rounds :class:`~checker.views.rounds_certificate.RoundsCertifier` gives two certificates for a
pattern: ``bounds(pattern, start_view)`` has ``at_most`` (what asynchronous messages cannot do is
impossible in rounds), ``at_least`` (claims that were played in rounds), and ``exact``, whether
they agree.  They mostly do, but for ``blockable`` where the first primaries are honest.

Certificates of patterns that differ by the names of labels, or by a rotation of the nodes and the
start view, are computed once: for all placements and all start views of N=7 there are at most
1,421 (f=1), 1,092 (f=2) and 525 (f=3) classes.
"""
