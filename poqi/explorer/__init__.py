"""The explorer: the state space of one setting, step by step, in a browser."""
