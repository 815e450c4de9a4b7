from collections.abc import Sequence
from typing import BinaryIO

from matplotlib.axes import Axes
from matplotlib.layout_engine import LayoutEngine

class Figure:
    def __init__(
        self, figsize: tuple[float, float] | None = None, layout: str | None = None
    ) -> None: ...
    def get_layout_engine(self) -> LayoutEngine: ...
    def add_subplot(self, rows: int, columns: int, index: int) -> Axes: ...
    def suptitle(self, t: str, *, x: float, ha: str, fontsize: float, color: str) -> object: ...
    def legend(
        self,
        handles: Sequence[object],
        labels: Sequence[str],
        *,
        loc: str,
        ncols: int,
        frameon: bool,
    ) -> object: ...
    def savefig(
        self,
        fname: BinaryIO,
        *,
        format: str,
        dpi: float = ...,
        metadata: dict[str, str | None] | None = None,
    ) -> None: ...
