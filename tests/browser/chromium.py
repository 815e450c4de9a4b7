"""A real browser: Debian's chromium, driven by Playwright, with no access to the network."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pages import Open
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

import traces

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no chromium here; apt-get install chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=CHROMIUM, headless=True, args=ARGUMENTS
        )
        yield launched
        launched.close()


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opens a trace in a page; at the end nothing was fetched and nothing went wrong."""
    troubles: list[str] = []
    contexts: list[BrowserContext] = []

    def open_page(
        trace: traces.Trace,
        *,
        width: int = 1280,
        height: int = 900,
        dark: bool = False,
        scripted: bool = True,
    ) -> Page:
        path = tmp_path / "run.html"
        path.write_text(traces.html(trace), encoding="utf-8")
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripted,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda message: troubles.append(message.text))
        page.on(
            "request",
            lambda request: None if request.url == path.as_uri() else troubles.append(request.url),
        )
        page.goto(path.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []
