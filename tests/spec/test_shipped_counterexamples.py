"""The counterexamples that the documentation ships are behaviours of the specification.

Those in lock-step rounds too: messages that persist can arrive in rounds as well as otherwise, and
timers can run out at any time.  Those of the broadcast are left out, which the specification does
not have.
"""

from pathlib import Path

import pytest
import tlc
from followed import followed, moments

import traces
from checker.ablations import ABLATIONS, Ablation

needs_tlc = pytest.mark.skipif(bool(tlc.missing()), reason=tlc.missing())

FOLDER = tlc.SPEC.parent / "docs" / "ablations"
SOME = [one for one in ABLATIONS if one.reading in ("lock_proof", "evidence_distinct")]


def assert_followed(ablation: Ablation, folder: Path) -> None:
    trace = traces.read(FOLDER / ablation.file_name)
    (setting,) = ablation.question().settings()
    assert trace.run.config == setting.config
    assert trace.run.predicted == setting.predicted_by_honest
    run = moments(setting, trace.run.acts)
    assert len(run) > 2
    other_end = run[-1]._replace(taken=run[0].taken)
    assert followed(setting, [run, [*run[:-1], other_end]], folder) == {0}


@needs_tlc
@pytest.mark.parametrize("ablation", SOME, ids=lambda ablation: ablation.reading)
def test_a_counterexample_of_the_documentation_is_a_behaviour(
    ablation: Ablation, tmp_path: Path
) -> None:
    """And with another outcome of its last step it is none."""
    assert_followed(ablation, tmp_path)


@pytest.mark.long
@needs_tlc
@pytest.mark.parametrize("ablation", ABLATIONS, ids=lambda ablation: ablation.reading)
def test_every_counterexample_of_the_documentation_is_a_behaviour(
    ablation: Ablation, tmp_path: Path
) -> None:
    assert_followed(ablation, tmp_path)
