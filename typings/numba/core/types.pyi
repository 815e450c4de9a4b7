from numba.core.typing import Signature

class Type:
    def __call__(self, *arguments: Type) -> Signature: ...

class Array(Type):
    dtype: Type

uint64: Type
void: Type
