"""Labels in place of vectors: the model checker's abstraction is exact.

The core only compares labels and combines vectors that share one.  Replacing every vector by
its label is a homomorphism: it may be done before a step or after it.  That rests on one fact:
if every vector that is combined has its maximum at class c, then so have their average and
their median.  It holds in the reals; in floating point neighbouring values can tie, which is
why a combined vector *carries* the primary's label instead of being asked for it.
"""

import math
from fractions import Fraction
from random import Random
from statistics import mean, median

import pytest
from core_strategies import Chance, configs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poqi_core import Config, NodeState, Softmax, initial, label_of, step
from poqi_core.messages import Commit, Event, Message, NodePrediction, Prepare, Received, Sample
from poqi_core.outputs import Output, Send
from poqi_core.prediction import CombinationRule, combine
from poqi_core.state import Tally


def abstract_message(message: Message) -> Message:
    """What is about evidence carries labels as it is, and never a vector."""
    match message:
        case NodePrediction(node, prediction, view):
            return NodePrediction(node, label_of(prediction), view)
        case Prepare(primary, label, final, view, reward):
            return Prepare(primary, label, label_of(final), view, reward)
        case Commit(node, label, final, view, reward):
            return Commit(node, label, label_of(final), view, reward)
        case _:
            return message


def abstract_event(event: Event) -> Event:
    match event:
        case Received(sender, message):
            return Received(sender, abstract_message(message))
        case Sample(index, prediction):
            return Sample(index, label_of(prediction))
        case _:
            return event


def abstract_output(output: Output) -> Output:
    if isinstance(output, Send):
        return Send(output.recipients, abstract_message(output.message))
    return output


def abstract_tallies(tallies: tuple[Tally, ...]) -> tuple[Tally, ...]:
    return tuple(tally._replace(final=label_of(tally.final)) for tally in tallies)


def abstract(state: NodeState) -> NodeState:
    log = state.log
    return state._replace(
        prediction=None if state.prediction is None else label_of(state.prediction),
        log=log._replace(
            collected=tuple(map(label_of, log.collected)),
            prepares=abstract_tallies(log.prepares),
            commits=abstract_tallies(log.commits),
        ),
        earlier=tuple(
            earlier._replace(commits=abstract_tallies(earlier.commits)) for earlier in state.earlier
        ),
        early=tuple(Received(kept.sender, abstract_message(kept.message)) for kept in state.early),
    )


@settings(max_examples=300, deadline=None)
@given(config=configs(), seed=st.integers(0, 2**32 - 1), length=st.integers(1, 60))
def test_law_labels_before_a_step_or_after_it(config: Config, seed: int, length: int) -> None:
    random = Random(seed)
    chance = Chance(random, config, vectors=True)
    state = initial(config, random.randrange(config.nodes), random.randrange(4))
    labelled = state
    for _ in range(length):
        event = chance.event(state)
        state, outputs = step(config, state, event)
        labelled, labelled_outputs = step(config, labelled, abstract_event(event))
        assert abstract(state) == labelled
        assert tuple(map(abstract_output, outputs)) == labelled_outputs


CLASSES = 4


@st.composite
def rationals_with_a_common_maximum(draw: st.DrawFn) -> tuple[int, list[list[Fraction]]]:
    """Vectors of fractions whose argmax (the lowest class on a tie) is the same."""
    common = draw(st.integers(0, CLASSES - 1))
    amount = st.fractions(0, 1, max_denominator=50)
    vectors = []
    for _ in range(draw(st.integers(1, 6))):
        vector = draw(st.lists(amount, min_size=CLASSES, max_size=CLASSES))
        tied = draw(st.integers(common + 1, CLASSES))
        vector[common] = max(vector) + draw(st.fractions(Fraction(1, 50), 1, max_denominator=50))
        vector[tied:] = [vector[common]] * (CLASSES - tied)
        vectors.append(vector)
    return common, vectors


def argmax(vector: list[Fraction]) -> int:
    return vector.index(max(vector))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(rationals_with_a_common_maximum())
def test_average_and_median_keep_a_common_argmax_over_the_rationals(
    drawn: tuple[int, list[list[Fraction]]],
) -> None:
    common, vectors = drawn
    assert {argmax(vector) for vector in vectors} == {common}
    columns = list(zip(*vectors, strict=True))
    assert argmax([Fraction(mean(column)) for column in columns]) == common
    assert argmax([Fraction(median(column)) for column in columns]) == common


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(rationals_with_a_common_maximum(), st.sampled_from(CombinationRule))
def test_the_core_combines_as_the_rationals_do_where_floats_are_exact(
    drawn: tuple[int, list[list[Fraction]]], rule: CombinationRule
) -> None:
    """Multiples of 2n that are whole numbers are exact in floating point, halves and all."""
    _, vectors = drawn
    scale = math.lcm(*(entry.denominator for vector in vectors for entry in vector))
    scale *= 2 * len(vectors)
    whole = [[entry * scale for entry in vector] for vector in vectors]
    if max(entry for vector in whole for entry in vector) * len(vectors) >= 2**53:
        return
    combined = combine(rule, [Softmax.of([float(entry) for entry in v]) for v in whole])
    assert isinstance(combined, Softmax)
    reference = mean if rule is CombinationRule.AVERAGE else median
    assert [Fraction(entry) for entry in combined.vector] == [
        Fraction(reference(column)) for column in zip(*whole, strict=True)
    ]
    assert combined.label == argmax([Fraction(entry) for entry in combined.vector])


def _neighbours(values: list[float]) -> list[Softmax]:
    """Two classes, of which the second is ahead by the least that a float can express."""
    return [Softmax.of((value, math.nextafter(value, 1))) for value in values]


@pytest.mark.parametrize(
    ("rule", "values"),
    [(CombinationRule.AVERAGE, [0.18, 0.73, 0.98]), (CombinationRule.MEDIAN, [0.55, 0.65])],
)
def test_in_floating_point_neighbouring_values_can_tie_and_the_label_stays(
    rule: CombinationRule, values: list[float]
) -> None:
    predictions = _neighbours(values)
    assert {prediction.label for prediction in predictions} == {1}
    combined = combine(rule, predictions)
    assert isinstance(combined, Softmax)
    assert combined.vector[0] == combined.vector[1]
    assert Softmax.of(combined.vector).label == 0
    assert combined.label == 1


def test_a_softmax_vector_stands_for_its_argmax_and_the_lowest_class_on_a_tie() -> None:
    assert Softmax.of([0.1, 0.7, 0.2]) == Softmax(1, (0.1, 0.7, 0.2))
    assert Softmax.of([0.4, 0.2, 0.4]).label == 0


def test_an_empty_vector_stands_for_nothing() -> None:
    with pytest.raises(ValueError, match="at least one class"):
        Softmax.of([])


def test_average_and_median_of_three_vectors() -> None:
    predictions = [Softmax.of(v) for v in ([0.5, 0.25, 0.25], [1.0, 0.0, 0.0], [0.75, 0.0, 0.25])]
    assert combine(CombinationRule.AVERAGE, predictions) == Softmax(0, (0.75, 0.25 / 3, 0.5 / 3))
    assert combine(CombinationRule.MEDIAN, predictions) == Softmax(0, (0.75, 0.0, 0.25))


def test_bare_labels_combine_to_themselves() -> None:
    assert combine(CombinationRule.AVERAGE, [2, 2, 2]) == 2
