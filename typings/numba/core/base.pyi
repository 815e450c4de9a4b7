from collections.abc import Callable

from llvmlite import ir
from numba.core.types import Type

class _ArrayInMemory:
    data: ir.Value

class BaseContext:
    def make_array(
        self, array: Type
    ) -> Callable[[BaseContext, ir.IRBuilder, ir.Value], _ArrayInMemory]: ...
    def get_dummy_value(self) -> ir.Value: ...
