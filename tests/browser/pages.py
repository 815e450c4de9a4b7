"""Traces as pages that are open in the browser."""

from typing import Protocol

from playwright.sync_api import Page
from trace_runs import by_name

import traces


class Open(Protocol):
    def __call__(
        self,
        trace: traces.Trace,
        *,
        width: int = 1280,
        height: int = 900,
        dark: bool = False,
        scripted: bool = True,
    ) -> Page: ...


def forged() -> traces.Trace:
    return by_name()["forged final"].trace()


def cursor(page: Page) -> str:
    return page.locator(".step[aria-current=step] .number").inner_text()
