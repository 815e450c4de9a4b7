"""The error that every function of this room raises for a file or value that is no trace."""


class TraceError(ValueError):
    """A trace that cannot be read, written or recorded, told in one line."""
