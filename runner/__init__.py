"""Whole runs over a data set: real network outputs, a simulated network, random faults, tables.

Every sample goes through :func:`poqi_core.step` at every node; nothing of the protocol is
written a second time here.  The room needs numpy, and no deep learning library.
"""
