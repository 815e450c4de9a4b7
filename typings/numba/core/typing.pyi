from numba.core.types import Type

class Signature:
    args: tuple[Type, ...]

class BaseContext: ...
