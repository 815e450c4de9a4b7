"""The explorer in a browser: choose, go back, see what holds, find a violation, save the walk."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from readable import CONTRASTS
from trace_runs import by_name

import traces
from checker.question import Question, parse_patterns
from poqi.explorer.api import Explorer
from poqi.explorer.ground import Ground, ground_of_question, ground_of_trace
from poqi.explorer.server import ExplorerServer
from poqi_core.readings import PROFILES
from poqi_core.register import with_changes

pytest_plugins = ("chromium",)


def ground(predictions: str = "?AAB", network: str = "asynchronous") -> Ground:
    patterns = parse_patterns(predictions)
    readings = with_changes(PROFILES["paper"], {"check_final": "no"})
    question = Question(4, 1, readings, network=network, predictions=patterns, views=1)
    return ground_of_question(question, "paper")


@contextmanager
def served(explorer: Explorer) -> Iterator[str]:
    with ExplorerServer(explorer, 0) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server.url
        server.shutdown()
        thread.join()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1280, "height": 900})
    yield made
    made.close()


def visited(context: BrowserContext, url: str) -> tuple[Page, list[str]]:
    """The page, and whatever goes wrong in it or is asked of anybody else."""
    troubles: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: troubles.append(message.text))
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith((url, "blob:")) else troubles.append(request.url)
        ),
    )
    page.goto(url)
    expect(page.locator(".choice").first).to_be_visible()
    return page, troubles


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    with served(Explorer(ground())) as url:
        opened, troubles = visited(context, url)
        yield opened
        assert troubles == []


def choose(page: Page, what: str) -> None:
    """Press the choice whose words begin so, and wait until it has happened."""
    before = page.locator("#place").inner_text()
    words = re.escape(what).replace(r"\ ", r"\s")
    page.locator(".choice", has=page.locator(".what", has_text=re.compile(words))).first.click()
    expect(page.locator("#place")).not_to_have_text(before)


def test_a_choice_becomes_a_step_and_its_outcome_is_told(page: Page) -> None:
    expect(page.locator("#place")).to_have_text("at the start")
    choose(page, "node 1 classifies sample 0 as A")
    expect(page.locator("#place")).to_have_text("step 1 of 1")
    choose(page, "node 0 (Byzantine) → node 1: pre-prepare A, view 0")
    expect(page.locator(".step")).to_have_count(3)
    last = page.locator("#step-2")
    expect(last).to_contain_text("agrees with the proposal")
    expect(last).to_contain_text("sends prediction A")
    expect(page.locator(".card.moved")).to_contain_text("+ agrees with the proposal")
    expect(page.locator(".overlay g.message.byzantine")).to_have_count(1)


def test_one_can_go_back_and_choose_otherwise(page: Page) -> None:
    choose(page, "node 1 classifies")
    choose(page, "node 2 classifies")
    page.keyboard.press("k")
    expect(page.locator("#place")).to_have_text("step 1 of 2")
    expect(page.locator("#step-2")).to_have_class(re.compile(r"\bahead\b"))
    expect(page.locator(".choice .what", has_text="node\u00a02 classifies")).to_have_count(1)
    page.keyboard.press("j")
    expect(page.locator("#place")).to_have_text("step 2 of 2")
    page.keyboard.press("Home")
    expect(page.locator("#place")).to_have_text("at the start")
    choose(page, "node 3 classifies")
    expect(page.locator("#place")).to_have_text("step 1 of 1")
    expect(page.locator(".step")).to_have_count(2)
    page.keyboard.press("u")
    expect(page.locator(".step")).to_have_count(3)
    expect(page.locator("#place")).to_have_text("at the start")


def test_a_violation_is_jumped_to_and_saved(page: Page, tmp_path: Path) -> None:
    broken = page.locator(".standings li", has_text="decided-validity")
    expect(broken).to_have_class("holds")
    page.get_by_label("property", exact=True).select_option("decided-validity")
    page.get_by_role("button", name="find a violation").click()
    expect(page.locator("#notice")).to_contain_text("A shortest run that violates", timeout=30_000)
    expect(broken).to_have_class("violated")
    expect(broken).to_contain_text("violated since step")
    page.locator("#save").click()
    expect(page.get_by_label("as", exact=True)).to_have_value("decided-validity")
    page.get_by_label("name", exact=True).fill("found.itf.json")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save", exact=True).click()
    path = tmp_path / "found.itf.json"
    download.value.save_as(path)
    assert download.value.suggested_filename == "found.itf.json"
    trace = traces.read(path)
    assert trace.property_name == "decided-validity"
    assert traces.replay(trace).departure is None
    page.keyboard.press("u")
    expect(page.locator("#place")).to_have_text("at the start")


def test_where_a_property_holds_the_checker_says_so(page: Page) -> None:
    page.get_by_label("property", exact=True).select_option("integrity")
    page.get_by_role("button", name="find a violation").click()
    expect(page.locator("#notice")).to_contain_text(
        "integrity holds in every run of this setting", timeout=30_000
    )
    expect(page.locator("#place")).to_have_text("at the start")


def test_a_walk_is_saved_in_the_folder(context: BrowserContext, tmp_path: Path) -> None:
    with served(Explorer(ground(), tmp_path)) as url:
        page, troubles = visited(context, url)
        choose(page, "node 3 classifies")
        page.keyboard.press("s")
        expect(page.get_by_label("as", exact=True)).to_have_value("")
        page.get_by_label("name", exact=True).fill("../elsewhere")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("the name of a trace file is letters")
        page.get_by_label("name", exact=True).fill("walk.itf.json")
        page.keyboard.press("Enter")
        expect(page.locator("#notice")).to_contain_text("saved as")
        assert traces.read(tmp_path / "walk.itf.json").breach is None
        assert [trouble for trouble in troubles if "400" not in trouble] == []


def test_what_can_happen_is_filtered_and_taken_by_number(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("node 2 classifies")
    expect(page.locator(".choice")).to_have_count(1)
    page.keyboard.press("Escape")
    assert page.locator(".choice").count() > 10
    page.get_by_role("searchbox").fill("node 3 class")
    page.locator("h1").click()
    page.keyboard.press("1")
    expect(page.locator("#step-1")).to_contain_text("classifies")


def test_who_chooses_by_keyboard_stays_among_the_choices(page: Page) -> None:
    page.locator(".choice").first.focus()
    for at in (1, 2, 3):
        page.keyboard.press("Enter")
        expect(page.locator("#place")).to_have_text(f"step {at} of {at}")
        expect(page.locator(".choice").first).to_be_focused()


def test_the_steps_of_a_trace_can_be_gone_through(context: BrowserContext) -> None:
    trace = by_name()["forged final"].trace()
    with served(Explorer(ground_of_trace(trace))) as url:
        page, troubles = visited(context, url)
        expect(page.locator("#place")).to_have_text("step 11 of 11")
        broken = page.locator(".standings li", has_text="decided-validity")
        expect(broken).to_contain_text("violated since step 11")
        page.locator("#step-4").click()
        expect(page.locator("#place")).to_have_text("step 4 of 11")
        expect(broken).to_have_class("holds")
        assert troubles == []


def test_rounds_are_ended_when_nothing_is_due(context: BrowserContext) -> None:
    with served(Explorer(ground("AAAB", "rounds"))) as url:
        page, troubles = visited(context, url)
        end = page.get_by_role("button", name="end the round")
        expect(page.locator("#round")).to_have_text("round 0")
        for left in range(4, 0, -1):
            expect(end).to_be_disabled()
            expect(page.locator(".choice .owed")).to_have_count(left)
            choose(page, "node")
        expect(end).to_be_enabled()
        page.keyboard.press("e")
        expect(page.locator("#round")).to_have_text("round 1")
        choose(page, "node 0 → node 1: pre-prepare A")
        expect(page.locator(".note.round")).to_have_text(["round 0", "round 1"])
        assert troubles == []


@pytest.mark.parametrize("width", [375, 768, 1280])
def test_it_fits_the_screen(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    choose(page, "node 1 classifies")
    choose(page, "node 0 (Byzantine) → node 1: pre-prepare A")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    for button in page.locator("button:visible").all():
        box = button.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["height"] >= 30


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_all_text_stands_out_from_its_background(page: Page, theme: str) -> None:
    page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    choose(page, "node 1 classifies")
    choose(page, "node 2 classifies")
    page.keyboard.press("k")
    expect(page.locator(".ahead")).to_have_count(1)
    measured = page.evaluate(CONTRASTS)
    assert len(measured) > 60
    assert [entry for entry in measured if entry[0] < 4.5] == []


def test_a_server_that_is_gone_is_owned_up_to(context: BrowserContext) -> None:
    with served(Explorer(ground())) as url:
        page, _ = visited(context, url)
    page.locator(".choice").first.click()
    expect(page.locator("#notice")).not_to_be_empty()
    expect(page.locator("#place")).to_have_text("at the start")


def test_hostile_words_in_a_trace_are_words(context: BrowserContext) -> None:
    trace = by_name()["two words"].trace()
    origin = trace.origin._replace(scope="<img src=x>", command="<script>alert(1)</script>")
    with served(Explorer(ground_of_trace(replace(trace, origin=origin)))) as url:
        page, troubles = visited(context, url)
        expect(page.locator("img")).to_have_count(0)
        assert troubles == []
