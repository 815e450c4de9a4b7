"""What the command ``poqi example`` knows of an example."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple, Protocol

from checker.exploration import Budget
from checker.model import Findings


class ParameterError(Exception):
    """The parameters of an example do not make sense; the message says why."""


class Checkable(Protocol):
    """An example of a certain size: a :class:`checker.model.Model` of whatever types."""

    def check(self, engine: str = "reduced", budget: Budget | None = None) -> Findings:
        """Explore it."""
        ...


class Parameter(NamedTuple):
    """A number that the user can choose."""

    name: str
    default: int
    least: int
    help: str


class Published(NamedTuple):
    """A number of states that others have published, for certain parameters.

    Attributes:
        parameters: those that differ from the defaults.
        states: the number that was published.
        source: who has published it, and where.
        copies: how many times their model contains ours, as they count what makes no difference.
    """

    parameters: Mapping[str, int]
    states: int
    source: str
    copies: int = 1


class Mistake(NamedTuple):
    """What a deliberately broken variant does wrong.

    ``parameters`` are those in which it shows, where these are not the defaults.
    """

    summary: str
    parameters: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class Example:
    """An example.

    Attributes:
        name: its name on the command line.
        summary: a line for lists.
        source: the publication of the algorithm and of the model.
        parameters: what the user can choose.
        mistakes: the deliberately broken variants, by name.
        build: the model, for values of all parameters and a mistake or None.
        scope: what a verdict is about, in words, for values of all parameters.
        published: what others have counted.
    """

    name: str
    summary: str
    source: str
    parameters: tuple[Parameter, ...]
    mistakes: Mapping[str, Mistake]
    build: Callable[[Mapping[str, int], str | None], Checkable]
    scope: Callable[[Mapping[str, int]], str]
    published: tuple[Published, ...] = field(default=())

    def values(self, chosen: Mapping[str, int], mistake: str | None = None) -> dict[str, int]:
        """The values of all parameters, where ``chosen`` are those that differ from the defaults.

        Raises:
            ParameterError: one is too small, or there is no such parameter.
        """
        values = {parameter.name: parameter.default for parameter in self.parameters}
        for name in chosen.keys() - values.keys():
            raise ParameterError(f"{self.name} has no parameter {name}")
        if mistake is not None:
            values.update(self.mistakes[mistake].parameters)
        values.update(chosen)
        for parameter in self.parameters:
            if values[parameter.name] < parameter.least:
                raise ParameterError(
                    f"{parameter.name} must be at least {parameter.least}, "
                    f"not {values[parameter.name]}"
                )
        return values

    def published_for(self, values: Mapping[str, int]) -> Published | None:
        """What others have counted for these values of all parameters."""
        for entry in self.published:
            if self.values(entry.parameters) == values:
                return entry
        return None
