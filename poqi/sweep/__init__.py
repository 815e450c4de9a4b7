"""Many questions to the checker at once: a matrix of them, worked off on many cores.

A *job* is one ``poqi check`` command, a *cell* what it finds about one property.  What a job
may vary is therefore whatever the options of ``poqi check`` can say, and every cell can be
repeated by hand.
"""
