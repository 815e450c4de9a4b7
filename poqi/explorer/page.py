"""The explorer's page; what it shows it asks for, so that it is always the same text."""

from pathlib import Path

from traces.assets import asset
from traces.page import page

_FOLDER = Path(__file__).with_name("assets")


def explorer_page() -> str:
    """The HTML document that the server serves."""
    return page(
        "PoQI explorer",
        style="".join(
            [
                *(asset(name) for name in ("colours.css", "drawing.css", "page.css")),
                _own("explorer.css"),
            ]
        ),
        script=asset("diagram.js") + _own("explorer.js"),
        body=[_own("explorer.html")],
    )


def _own(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
