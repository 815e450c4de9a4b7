from collections.abc import Callable
from typing import TypeVar, overload

from numba.core import types as types

_Function = TypeVar("_Function")

@overload
def njit(*, inline: str) -> Callable[[_Function], _Function]: ...
@overload
def njit(signature: str, *, nogil: bool, cache: bool) -> Callable[[_Function], _Function]: ...
