"""Charts, pictures and the page of an experiment."""

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from runner.charts import Chart, charts
from runner.experiment import Run, Sweep, plan, source_of, sweeps
from runner.experiment_page import report_page
from runner.experiment_results import Experiment
from runner.outputs import softmax
from runner.outputs_file import OutputsFile, rounded, write_outputs
from runner.plots import keys
from runner.run_store import RunStore, complete
from runner.tables import tables

RULES = ("paper", "paper,quorum=majority")


@pytest.fixture(scope="module")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    """Two attacks on four networks, and a name that must be escaped."""
    folder = tmp_path_factory.mktemp("experiment")
    generator = np.random.default_rng(1)
    true = generator.integers(4, size=15)
    logits = 2.0 * generator.standard_normal((4, 15, 4))
    logits[:, np.arange(15), true] += 4.0
    vectors = np.stack([rounded(softmax(node)) for node in logits])
    names = ("resnet20", "resnet32", "vgg11", "<b>&amp;")
    write_outputs(folder / "o.npz", OutputsFile(names, vectors, true, {}))
    source = source_of("cifar10", folder / "o.npz", None)
    attacks, counts = ("random", "experts"), (0, 1, 2)
    tasks: list[Run | Sweep] = [
        *plan([source], rules=RULES, attacks=attacks, counts=counts, seeds=2),
        *sweeps([source], counts=counts, seeds=1),
    ]
    results = complete(RunStore(folder / "runs"), tasks, 1, lambda done: None)
    return Experiment((source,), RULES, attacks, counts, results)


@pytest.fixture(scope="module")
def drawn(experiment: Experiment) -> list[Chart]:
    return charts(experiment)


def test_what_the_charts_show(experiment: Experiment, drawn: list[Chart]) -> None:
    assert [chart.name.partition("-")[2] for chart in drawn] == [
        "accuracy",
        "decisions",
        "rewards",
        "amplitude",
    ]
    accuracy, decisions, rewards, amplitude = drawn
    assert [panel.title for panel in accuracy.panels] == ["random", "experts"]
    for panel in accuracy.panels:
        for series in panel.series:
            assert series.places == (0, 1, 2)
    first = {series.name: series.values[0] for series in accuracy.panels[0].series}
    table = {row[0]: row[4] for row in tables(experiment)[0].rows}
    assert first == {name: pytest.approx(float(table[name]), abs=0.005) for name in first}
    for panel in decisions.panels:
        heights = np.sum([series.values for series in panel.series], axis=0)
        assert heights == pytest.approx([100] * 5), "all honest, two attacks with 1 and 2 faulty"
    assert [panel.title for panel in rewards.panels] == [
        "all honest",
        "random, 1 faulty",
        "experts, 1 faulty",
    ]
    assert [s.role for s in rewards.panels[1].series].count("faulty") == 1
    assert rewards.panels[0].series[0].places[-1] == 15
    (panel,) = amplitude.panels
    average = next(series for series in panel.series if series.role == "weighted_average")
    assert average.values[0] > average.values[-1]


class _Reader(HTMLParser):
    """Checks that elements are closed in order and that nothing is fetched."""

    void = frozenset({"meta", "use", "path", "line", "rect", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        assert tag not in ("script", "link", "img", "iframe", "b")
        for name in ("href", "xlink:href"):
            if held.get(name):
                self.links.append(str(held[name]))
        if "id" in held:
            self.ids.append(str(held["id"]))
        if tag not in self.void:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.void:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.void:
            assert self.open.pop() == tag


def read(page: str) -> _Reader:
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def test_the_page_needs_nothing_from_elsewhere(experiment: Experiment, drawn: list[Chart]) -> None:
    pytest.importorskip("matplotlib")
    page = report_page(experiment, drawn, ":root { --paper: white }")
    reader = read(page)
    assert all(link.startswith("#") for link in reader.links)
    assert {link[1:] for link in reader.links} <= set(reader.ids), "every link leads somewhere"
    assert len(set(reader.ids)) == len(reader.ids), "no name is used twice"
    used = re.findall(r"url\((#?)([^)]*)\)", page)
    assert all(mark == "#" and name in reader.ids for mark, name in used)
    assert "default-src 'none'" in page
    assert "&lt;b&gt;&amp;amp;" in page
    for table in tables(experiment):
        for row in table.rows:
            assert all(cell in page for cell in row if cell.isalnum())


def test_plots_take_their_colours_from_the_page(experiment: Experiment, drawn: list[Chart]) -> None:
    pytest.importorskip("matplotlib")
    page = report_page(experiment, drawn, "")
    body = page.partition("<body>")[2]
    loose = re.sub(r"var\(--plot-\w+, #[0-9a-f]{6}\)", "", body)
    assert re.findall(r"(?:fill|stroke): #[0-9a-f]{6}", loose) == []


def test_without_matplotlib_there_is_a_page_of_tables(experiment: Experiment) -> None:
    page = report_page(experiment, [], "")
    read(page)
    assert "No plots: plots need matplotlib" in page
    assert "95.27" in page


def test_a_key_names_every_line_once(drawn: list[Chart]) -> None:
    rewards = drawn[2]
    names = list(keys(rewards))
    assert names == ["N1 resnet20", "N2 resnet32", "N3 vgg11", "N4 <b>&amp;", "faulty node"]


def test_pictures_are_the_same_bit_for_bit(drawn: list[Chart], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    from runner.plots import write_png

    for name in ("one.png", "other.png"):
        write_png(drawn[0], tmp_path / name)
    one, other = ((tmp_path / name).read_bytes() for name in ("one.png", "other.png"))
    assert one == other
    assert one.startswith(b"\x89PNG")
    assert len(one) > 10_000
