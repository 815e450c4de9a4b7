"""The unreduced engine in compiled loops, for millions of states a second.

It needs numba (the extra ``fast``); nothing else in the checker imports it.
"""
