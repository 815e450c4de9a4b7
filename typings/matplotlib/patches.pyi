class Rectangle:
    def __init__(
        self,
        xy: tuple[float, float],
        width: float,
        height: float,
        *,
        facecolor: str,
        edgecolor: str,
        linewidth: float = ...,
        label: str = ...,
    ) -> None: ...
