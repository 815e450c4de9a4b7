"""Keeping what an answer has found so far, so that it survives the death of the process."""
