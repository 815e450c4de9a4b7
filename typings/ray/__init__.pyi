from collections.abc import Callable, Sequence
from typing import Generic, ParamSpec, TypeVar

from ray import exceptions as exceptions

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")

class ObjectRef(Generic[_Result]): ...

class RemoteFunction(Generic[_Arguments, _Result]):
    def remote(
        self, *arguments: _Arguments.args, **named: _Arguments.kwargs
    ) -> ObjectRef[_Result]: ...

def init(
    *,
    address: str,
    runtime_env: dict[str, list[str]],
    log_to_driver: bool,
    logging_level: str,
) -> None: ...
def shutdown() -> None: ...
def remote(
    *, num_cpus: int, max_retries: int, max_calls: int
) -> Callable[[Callable[_Arguments, _Result]], RemoteFunction[_Arguments, _Result]]: ...
def wait(
    refs: Sequence[ObjectRef[_Result]], *, num_returns: int
) -> tuple[list[ObjectRef[_Result]], list[ObjectRef[_Result]]]: ...
def get(ref: ObjectRef[_Result]) -> _Result: ...
