"""The page in every light and width, by keyboard alone, on paper, without scripts, and attacked."""

from dataclasses import replace
from pathlib import Path

import pytest
from pages import Open, forged
from playwright.sync_api import Browser, expect
from readable import CONTRASTS
from trace_runs import by_name

import traces

pytest_plugins = ("chromium",)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_all_text_stands_out_from_its_background(opened: Open, dark: bool) -> None:
    """WCAG 2, success criterion 1.4.3: at least 4.5 to 1."""
    page = opened(forged(), dark=dark)
    page.get_by_role("searchbox").fill("commit")
    page.keyboard.press("Enter")
    page.locator("#ask").click()
    measured = page.evaluate(CONTRASTS)
    assert len(measured) > 100
    assert [entry for entry in measured if entry[0] < 4.5] == []


def test_it_is_as_light_or_dark_as_its_reader_has_it_and_can_be_turned(opened: Open) -> None:
    ground = "() => getComputedStyle(document.body).backgroundColor"
    light, dark = "rgb(253, 252, 249)", "rgb(22, 24, 27)"
    page = opened(forged(), dark=True)
    assert page.evaluate(ground) == dark
    page.keyboard.press("t")
    assert page.evaluate(ground) == light
    page.get_by_role("button", name="light or dark").click()
    assert page.evaluate(ground) == dark
    assert opened(forged()).evaluate(ground) == light


def test_the_tab_key_gets_everywhere_and_out_again(opened: Open) -> None:
    page = opened(forged(), width=375)
    page.locator("body").click(position={"x": 1, "y": 1})
    seen: list[str] = []
    for _ in range(40):
        page.keyboard.press("Tab")
        where = page.evaluate(
            """() => {
                const at = document.activeElement;
                if (at === document.body) return null;
                const style = getComputedStyle(at);
                if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2)
                  throw new Error("the focus cannot be seen on " + at.id);
                return at.id;
            }"""
        )
        if where is None or where in seen:
            break
        seen.append(where)
    operable = {"previous", "next", "everything", "theme", "ask", "search", "step-1", "unfold"}
    assert set(seen) == operable


def test_everything_that_can_be_operated_has_a_name(opened: Open) -> None:
    page = opened(forged(), width=375)
    for element in page.locator("button:visible, input:visible").all():
        name = element.get_attribute("aria-label") or element.inner_text()
        assert name.strip()
        assert name not in ("?", "◐", "↑", "↓")


@pytest.mark.parametrize("width", [375, 768, 1280])
@pytest.mark.parametrize("name", ["forged final", "dead zone"])
def test_it_fits_the_screen(opened: Open, name: str, width: int) -> None:
    page = opened(by_name()[name].trace(), width=width, height=800)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    page.keyboard.press("End")
    words = page.locator(".step[aria-current=step] .words")
    expect(words).to_be_in_viewport(ratio=1)
    box = words.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= width
    assert box["width"] >= 160
    size = words.evaluate("words => parseFloat(getComputedStyle(words).fontSize)")
    assert size >= 14


def test_the_states_unfold_on_a_small_screen(opened: Open) -> None:
    page = opened(forged(), width=375, height=800)
    cards = page.locator("#cards")
    expect(cards).to_be_hidden()
    unfold = page.get_by_role("button", name="Every node at this step")
    unfold.click()
    expect(cards).to_be_visible()
    expect(unfold).to_have_attribute("aria-expanded", "true")
    for key in ("End", "Home"):
        page.keyboard.press(key)
        expect(page.locator(".step[aria-current=step] .what")).to_be_in_viewport(ratio=1)
    page.keyboard.press("s")
    expect(cards).to_be_hidden()


def test_on_paper_there_is_the_drawing_and_nothing_to_press(opened: Open) -> None:
    page = opened(by_name()["dead zone"].trace())
    page.emulate_media(media="print")
    expect(page.locator("#bar")).to_be_hidden()
    expect(page.locator("#picture")).to_be_hidden()
    sheets = page.locator(".sheet")
    assert sheets.count() > 5
    expect(sheets.first).to_be_visible()
    expect(page.get_by_text("node 6 in the end", exact=False)).to_be_visible()
    height = sheets.evaluate_all("all => Math.max(...all.map(one => one.clientHeight))")
    assert height < 700, "a sheet fits a page"
    data = page.pdf(format="A4")
    assert data.startswith(b"%PDF")
    assert 2 <= data.count(b"/Type /Page\n") <= 6


def test_without_scripts_there_is_the_drawing(opened: Open) -> None:
    page = opened(forged(), scripted=False)
    expect(page.locator(".sheet").first).to_be_visible()
    expect(page.locator("#bar")).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


HOSTILE = (
    "</script><script>document.title = 'taken'</script>"
    "<img src=x onerror=\"document.title='taken'\">"
)


def test_what_a_hostile_file_says_is_shown_and_not_run(opened: Open) -> None:
    trace = forged()
    origin = trace.origin._replace(scope=HOSTILE, command=f"poqi {HOSTILE}", version=HOSTILE)
    page = opened(replace(trace, origin=origin))
    page.keyboard.press("End")
    assert page.title() == "decided-validity is violated after 11 steps"
    assert page.locator(".scope").inner_text().replace("\xa0", " ") == HOSTILE
    expect(page.locator("img")).to_have_count(0)
    expect(page.locator("script")).to_have_count(2)


def test_a_script_that_got_in_all_the_same_would_not_run(browser: Browser, tmp_path: Path) -> None:
    """The content security policy is a second line of defence."""
    text = traces.html(forged())
    planted = text.replace("<header", "<script>document.title = 'taken'</script><header", 1)
    assert planted != text
    path = tmp_path / "planted.html"
    path.write_text(planted, encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    assert page.title() == "decided-validity is violated after 11 steps"
    expect(page.locator("html")).to_have_class("scripted")
    page.close()
