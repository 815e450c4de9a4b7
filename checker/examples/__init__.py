"""Protocols that others have modelled, written for this checker, to be run and to be copied."""
