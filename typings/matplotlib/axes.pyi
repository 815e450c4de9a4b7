from collections.abc import Sequence

class Spine:
    def set_visible(self, b: bool) -> None: ...

class Spines:
    def __getitem__(self, key: list[str]) -> Spine: ...

class Axes:
    @property
    def spines(self) -> Spines: ...
    def plot(
        self,
        x: Sequence[float],
        y: Sequence[float],
        *,
        color: str,
        linewidth: float,
        linestyle: str,
        marker: str,
        markersize: float,
        label: str,
    ) -> object: ...
    def fill_between(
        self,
        x: Sequence[float],
        y1: Sequence[float],
        y2: Sequence[float],
        *,
        color: str,
        alpha: float,
        linewidth: float,
    ) -> object: ...
    def bar(
        self,
        x: Sequence[float],
        height: Sequence[float],
        width: float,
        bottom: Sequence[float],
        *,
        color: str,
        label: str,
        linewidth: float,
    ) -> object: ...
    def set_title(self, label: str, *, loc: str, fontsize: float, fontweight: str) -> object: ...
    def set_xlabel(self, xlabel: str) -> object: ...
    def set_ylabel(self, ylabel: str) -> object: ...
    def set_ylim(self, bottom: float, top: float) -> object: ...
    def set_yscale(self, value: str) -> object: ...
    def set_yticks(
        self, ticks: Sequence[float], labels: Sequence[str], *, minor: bool = ...
    ) -> object: ...
    def set_xscale(self, value: str) -> object: ...
    def set_xticks(self, ticks: Sequence[float], labels: Sequence[str]) -> object: ...
    def grid(self, visible: bool, *, axis: str, color: str, linewidth: float) -> None: ...
    def set_axisbelow(self, b: bool) -> None: ...
    def tick_params(
        self,
        *,
        axis: str = ...,
        length: float = ...,
        labelrotation: float = ...,
        labelsize: float = ...,
    ) -> None: ...
    def get_legend_handles_labels(self) -> tuple[list[object], list[str]]: ...
