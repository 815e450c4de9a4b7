"""What the worst adversary can make of a sample of which every node's label is known.

:mod:`~checker.certification.attainable` says what is meant, :mod:`~checker.certification.views`
computes it exactly for nodes that agree on a label, from composed views,
:mod:`~checker.certification.evidence` for nodes that agree on evidence, and
:mod:`~checker.certification.runs` gives a run of the core in which it happens.
"""
