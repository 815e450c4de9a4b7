from collections.abc import Callable, Sequence
from typing import Generic, ParamSpec, TypeVar, overload

from ray import exceptions as exceptions

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")
_Handle = TypeVar("_Handle")

class ObjectRef(Generic[_Result]): ...

class RemoteFunction(Generic[_Arguments, _Result]):
    def remote(
        self, *arguments: _Arguments.args, **named: _Arguments.kwargs
    ) -> ObjectRef[_Result]: ...

class ActorClass(Generic[_Handle]):
    def remote(self, *arguments: object) -> _Handle: ...

def init(
    *,
    address: str,
    runtime_env: dict[str, list[str]] | None = None,
    log_to_driver: bool,
    logging_level: str,
    num_cpus: int | None = None,
    object_store_memory: int | None = None,
    include_dashboard: bool | None = None,
) -> None: ...
def cluster_resources() -> dict[str, float]: ...
def kill(actor: object) -> None: ...
def shutdown() -> None: ...
@overload
def remote(
    *, num_cpus: int, max_restarts: int
) -> Callable[[type[object]], ActorClass[_Handle]]: ...
@overload
def remote(
    *, num_cpus: int, max_retries: int, max_calls: int
) -> Callable[[Callable[_Arguments, _Result]], RemoteFunction[_Arguments, _Result]]: ...
def wait(
    refs: Sequence[ObjectRef[_Result]], *, num_returns: int
) -> tuple[list[ObjectRef[_Result]], list[ObjectRef[_Result]]]: ...
def get(ref: ObjectRef[_Result]) -> _Result: ...
