"""Explores every run of a system within bounds; the protocol is one system among others."""
