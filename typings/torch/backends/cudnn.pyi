from contextlib import AbstractContextManager

def flags(
    *, enabled: bool, benchmark: bool = False, allow_tf32: bool = True
) -> AbstractContextManager[None]: ...
