"""The page of ``poqi show --html`` in a browser: read, stepped through, searched."""

from dataclasses import replace

from pages import Open, cursor, forged
from playwright.sync_api import Page, expect
from trace_runs import by_name

import traces
from traces.diagram import diagram

pytest_plugins = ("chromium",)


def shown_steps(page: Page) -> list[str]:
    return page.locator(".step:visible .number").all_inner_texts()


def test_the_header_says_what_was_promised_and_what_broke(opened: Open) -> None:
    trace = forged()
    scope = "Scope: every run of profile paper."
    page = opened(replace(trace, origin=trace.origin._replace(scope=scope)))
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "decided-validity is violated after 11 steps"
    )
    header = page.locator("header").inner_text().replace("\xa0", " ")
    assert "a decided label was predicted by an honest node" in header
    assert "node 2 decided label C for sample 0, which no honest node predicted" in header
    assert "check_final = no" in header
    assert scope in header


def test_only_the_causal_past_is_shown_until_all_is_asked_for(opened: Open) -> None:
    page = opened(forged())
    past = [str(number) for number in range(12) if number != 10]
    assert shown_steps(page) == past
    expect(page.get_by_text("1 step left out", exact=True).locator("visible=true")).to_have_count(1)
    button = page.get_by_role("button", name="all 11 steps")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    assert shown_steps(page) == [str(number) for number in range(12)]
    page.keyboard.press("a")
    assert shown_steps(page) == past


def test_where_every_step_matters_there_is_nothing_to_ask_for(opened: Open) -> None:
    page = opened(by_name()["two words"].trace())
    expect(page.get_by_role("button", name="all 2 steps")).to_be_hidden()
    page.keyboard.press("a")
    assert shown_steps(page) == ["0", "1", "2"]


def test_the_keyboard_goes_through_the_steps(opened: Open) -> None:
    page = opened(forged())
    assert cursor(page) == "1"
    for key, at in (
        ("j", "2"),
        ("ArrowDown", "3"),
        ("ArrowRight", "4"),
        ("k", "3"),
        ("ArrowUp", "2"),
        ("End", "11"),
        ("j", "11"),
        ("k", "9"),
        ("Home", "0"),
        ("k", "0"),
    ):
        page.keyboard.press(key)
        assert cursor(page) == at, key
    expect(page.get_by_role("button", name="step before")).to_be_disabled()
    page.keyboard.press("End")
    expect(page.locator(".step[aria-current=step]")).to_be_in_viewport(ratio=1)
    expect(page.locator(".step[aria-current=step]")).to_be_focused()
    expect(page.locator("#place")).to_have_text("step 11 of 11")


def test_the_state_of_every_node_is_the_one_at_the_cursor(opened: Open) -> None:
    trace = forged()
    told = diagram(trace)
    page = opened(trace)
    standing = {lane.node: told.start[lane.node] for lane in told.lanes}
    page.keyboard.press("Home")
    for row in told.rows:
        standing[row.step.node] = row.standing
        if not row.step.needed:
            continue
        page.keyboard.press("j")
        cards = page.locator("#cards .card").all_inner_texts()
        assert "Byzantine" in cards[0]
        for node in (1, 2, 3):
            stands = standing[node]
            assert stands is not None
            said = cards[node].replace("\xa0", " ").replace("+ ", "").splitlines()
            wanted = [stands.position, stands.decided, stands.rewards, *stands.remembers]
            assert [line for line in said if line in wanted] == wanted
    expect(page.locator(".card.moved")).to_contain_text("+ decided C for sample 0")


def test_a_message_goes_from_the_step_that_sent_it_to_the_step_that_received_it(
    opened: Open,
) -> None:
    trace = by_name()["dead zone"].trace()
    page = opened(trace, width=1280)
    marks = page.locator(".overlay .mark").evaluate_all(
        "marks => marks.map(mark => [+mark.getAttribute('cx'), +mark.getAttribute('cy')])"
    )
    lines = page.locator(".overlay g.message > line").evaluate_all(
        "lines => lines.map(line => ['x1', 'y1', 'x2', 'y2'].map(name => +line.getAttribute(name)))"
    )
    rows = diagram(trace).rows
    arrows = [(row.arrow, row.step.number) for row in rows if row.arrow is not None]
    assert len(marks) == len(rows)
    assert len(lines) == len(arrows) == 36
    for (x1, y1, x2, y2), (arrow, received) in zip(lines, arrows, strict=True):
        assert arrow.sent_at is not None
        assert marks[arrow.sent_at - 1] == [x1, y1]
        end_x, end_y = marks[received - 1]
        assert abs(end_x - x2) < 16
        assert 0 < end_y - y2 < 16
    heights = [y for _, y in marks]
    assert heights == sorted(heights), "time goes down"


def test_a_byzantine_message_begins_in_the_lane_of_its_node_and_is_dashed(opened: Open) -> None:
    page = opened(forged())
    lane = page.locator(".overlay line.lane.byzantine")
    expect(lane).to_have_count(1)
    lines = page.locator(".overlay g.message.byzantine > line")
    expect(lines).to_have_count(5)
    for line in lines.all():
        assert line.get_attribute("x1") == lane.get_attribute("x1")
        assert line.evaluate("line => getComputedStyle(line).strokeDasharray") == "5px, 3px"
    expect(page.locator(".overlay .forged")).to_have_count(5)
    expect(page.locator(".overlay .cross")).to_have_count(1)


class TestSearching:
    def test_a_space_in_the_search_is_any_space(self, opened: Open) -> None:
        page = opened(forged())
        page.get_by_role("searchbox").fill("-> node 1")
        expect(page.locator("#hits")).to_have_text("no hit")
        page.get_by_role("searchbox").fill("node 1: prepare")
        expect(page.locator("#hits")).to_have_text("2 hits")

    def test_hits_are_marked_counted_and_gone_through(self, opened: Open) -> None:
        page = opened(forged())
        page.keyboard.press("/")
        search = page.get_by_role("searchbox")
        expect(search).to_be_focused()
        page.keyboard.type("Quorum of prep")
        expect(page.locator("mark")).to_have_text(["quorum of prep", "quorum of prep"])
        expect(page.locator("#hits")).to_have_text("2 hits")
        page.keyboard.press("Enter")
        assert cursor(page) == "7"
        expect(page.locator("#hits")).to_have_text("1 of 2")
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        assert cursor(page) == "7", "round the end"
        page.keyboard.press("Shift+Enter")
        assert cursor(page) == "8"
        page.keyboard.press("Escape")
        expect(page.locator("mark")).to_have_count(0)
        expect(page.locator(".step[aria-current=step]")).to_be_focused()

    def test_letters_in_the_search_are_no_commands(self, opened: Open) -> None:
        page = opened(forged())
        page.get_by_role("searchbox").fill("")
        page.keyboard.type("jkat?")
        expect(page.get_by_role("searchbox")).to_have_value("jkat?")
        assert cursor(page) == "1"
        expect(page.locator("#hits")).to_have_text("no hit")
        expect(page.get_by_role("dialog")).to_be_hidden()

    def test_hits_in_steps_that_are_left_out_are_owned_up_to(self, opened: Open) -> None:
        page = opened(forged())
        page.get_by_role("searchbox").fill("as B")
        expect(page.locator("#hits")).to_have_text("no hit, 1 left out")
        page.get_by_role("button", name="all 11 steps").click()
        expect(page.locator("#hits")).to_have_text("1 hit")

    def test_n_goes_on_when_the_search_is_left(self, opened: Open) -> None:
        page = opened(forged())
        page.get_by_role("searchbox").fill("Byzantine")
        page.locator("#step-0").click()
        for at in ("3", "4", "5"):
            page.keyboard.press("n")
            assert cursor(page) == at
        page.keyboard.press("Shift+N")
        assert cursor(page) == "4"


def test_help_opens_and_lets_go(opened: Open) -> None:
    page = opened(forged())
    page.keyboard.press("j")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="How to read and move")
    expect(dialog).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert cursor(page) == "2"
    page.get_by_role("button", name="help").click()
    page.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()


def test_an_address_can_name_a_step(opened: Open) -> None:
    page = opened(forged())
    page.goto(page.url + "#step-7")
    assert cursor(page) == "7"
    page.goto(page.url.partition("#")[0] + "#step-10")
    assert cursor(page) == "10", "and a step that was left out is shown then"


def test_a_walk_is_no_counterexample(opened: Open) -> None:
    run = by_name()["forged final"].run
    page = opened(traces.record(replace(run, acts=run.acts[:6]), None))
    expect(page.get_by_role("heading", level=1)).to_have_text("a walk of 6 steps")
    expect(page.locator(".kind")).to_have_text("PoQI · walk")
    expect(page.locator(".verdict")).to_have_count(0)
    page.keyboard.press("End")
    assert cursor(page) == "6"


def test_a_walk_of_no_step_is_a_page_as_well(opened: Open) -> None:
    run = by_name()["forged final"].run
    page = opened(traces.record(replace(run, acts=()), None))
    expect(page.get_by_role("heading", level=1)).to_have_text("a walk of 0 steps")
    assert cursor(page) == "0"
    for key in ("j", "k", "End", "Home", "a", "n"):
        page.keyboard.press(key)
        assert cursor(page) == "0"


def test_rounds_are_told_apart(opened: Open) -> None:
    page = opened(by_name()["conflict in rounds"].trace())
    rounds = page.locator(".note.round:visible").all_inner_texts()
    assert rounds[:3] == ["round 0", "round 1", "round 2"]
