"""Access to the elements of an array from compiled code, for which Python has no words.

None of these checks its index, and none looks whether it is negative: that alone makes the loops
a fifth faster.
"""

from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

if TYPE_CHECKING:
    from collections.abc import Callable

    from numba.core.base import BaseContext
    from numba.core.typing import BaseContext as TypingContext
    from numba.core.typing import Signature

    Code = Callable[[BaseContext, ir.IRBuilder, Signature, list[ir.Value]], ir.Value]
    Typed = tuple[Signature, Code]

Element = TypeVar("Element", np.uint64, np.int64, np.uint8)
Index: TypeAlias = int | np.int64

_WORD_BYTES = 8


class Prefetch(Protocol):
    """What :data:`prefetch` is."""

    def __call__(self, array: npt.NDArray[Element], index: Index) -> None:
        """Ask for an element to be brought near, as it will soon be read and perhaps written."""
        ...


class Get(Protocol):
    """What :data:`get` is."""

    def __call__(self, array: npt.NDArray[Element], index: Index) -> Element:
        """An element."""
        ...


class Put(Protocol):
    """What :data:`put` is."""

    def __call__(self, array: npt.NDArray[Element], index: Index, value: Element) -> None:
        """Write an element."""
        ...


class Load(Protocol):
    """What :data:`load` is."""

    def __call__(self, array: npt.NDArray[np.uint64], index: Index) -> np.uint64:
        """An element, read at once, and with all that was written before it was published."""
        ...


class Publish(Protocol):
    """What :data:`publish` is."""

    def __call__(self, array: npt.NDArray[np.uint64], index: Index, value: np.uint64) -> None:
        """Write an element, after everything that this thread has written before."""
        ...


class Claim(Protocol):
    """What :data:`claim` is."""

    def __call__(self, array: npt.NDArray[np.uint64], index: Index, value: np.uint64) -> np.uint64:
        """Write an element that is 0, unless another thread is faster; what it was before."""
        ...


def _pointer(
    context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", values: list[ir.Value]
) -> ir.Value:
    """The address of the element that the first two arguments, an array and an index, name."""
    array = context.make_array(signature.args[0])(context, builder, values[0])
    return builder.gep(array.data, [values[1]])


def _code_of_prefetch(typing: "TypingContext", array: types.Array, index: types.Type) -> "Typed":
    def code(
        context: "BaseContext",
        builder: ir.IRBuilder,
        signature: "Signature",
        values: list[ir.Value],
    ) -> ir.Value:
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        function = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        address = builder.bitcast(_pointer(context, builder, signature, values), byte)
        to_write, keep_everywhere, data = (ir.Constant(number, value) for value in (0, 3, 1))
        builder.call(function, [address, to_write, keep_everywhere, data])
        return context.get_dummy_value()

    return types.void(array, index), code


def _code_of_get(typing: "TypingContext", array: types.Array, index: types.Type) -> "Typed":
    def code(
        context: "BaseContext",
        builder: ir.IRBuilder,
        signature: "Signature",
        values: list[ir.Value],
    ) -> ir.Value:
        return builder.load(_pointer(context, builder, signature, values))

    return array.dtype(array, index), code


def _code_of_put(
    typing: "TypingContext", array: types.Array, index: types.Type, value: types.Type
) -> "Typed":
    def code(
        context: "BaseContext",
        builder: ir.IRBuilder,
        signature: "Signature",
        values: list[ir.Value],
    ) -> ir.Value:
        builder.store(values[2], _pointer(context, builder, signature, values))
        return context.get_dummy_value()

    return types.void(array, index, array.dtype), code


def _code_of_load(typing: "TypingContext", array: types.Array, index: types.Type) -> "Typed":
    def code(
        context: "BaseContext",
        builder: ir.IRBuilder,
        signature: "Signature",
        values: list[ir.Value],
    ) -> ir.Value:
        address = _pointer(context, builder, signature, values)
        return builder.load_atomic(address, "acquire", _WORD_BYTES)

    return types.uint64(array, index), code


def _code_of_publish(
    typing: "TypingContext", array: types.Array, index: types.Type, value: types.Type
) -> "Typed":
    def code(
        context: "BaseContext",
        builder: ir.IRBuilder,
        signature: "Signature",
        values: list[ir.Value],
    ) -> ir.Value:
        address = _pointer(context, builder, signature, values)
        builder.store_atomic(values[2], address, "release", _WORD_BYTES)
        return context.get_dummy_value()

    return types.void(array, index, types.uint64), code


def _code_of_claim(
    typing: "TypingContext", array: types.Array, index: types.Type, value: types.Type
) -> "Typed":
    def code(
        context: "BaseContext",
        builder: ir.IRBuilder,
        signature: "Signature",
        values: list[ir.Value],
    ) -> ir.Value:
        address = _pointer(context, builder, signature, values)
        nothing = ir.Constant(ir.IntType(64), 0)
        exchanged = builder.cmpxchg(address, nothing, values[2], "acq_rel", "acquire")
        return builder.extract_value(exchanged, 0)

    return types.uint64(array, index, types.uint64), code


prefetch: Prefetch = intrinsic(_code_of_prefetch)
get: Get = intrinsic(_code_of_get)
put: Put = intrinsic(_code_of_put)
load: Load = intrinsic(_code_of_load)
publish: Publish = intrinsic(_code_of_publish)
claim: Claim = intrinsic(_code_of_claim)
