from typing import TypeVar

_Function = TypeVar("_Function")
_Compiled = TypeVar("_Compiled")

def intrinsic(function: _Function) -> _Compiled: ...  # type: ignore[type-var]
