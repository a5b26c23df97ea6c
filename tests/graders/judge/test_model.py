"""From arrays to points, without a sandbox."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from graders import evidence
from graders.grade import Check
from graders.judge import Judge, rule, words
from graders.rubric import Rubric, bundled_rubric, load_rubric
from graders.sandbox import NamedArray, Observation
from reference_models import ModelCard, find_model
from reference_models.data import Dataset, Split, load_dataset, scale_pixels
from reference_models.training import predict

CARD = find_model("dat565/dense-64-64")


def arrays_of(model: nn.Module) -> tuple[NamedArray, ...]:
    return tuple(
        NamedArray(name, "parameter", value.detach().numpy())
        for name, value in model.named_parameters()
    )


@pytest.fixture(scope="module")
def data() -> Dataset:
    """The embedded test images, labelled by an untrained reference model: it is always right."""
    real = load_dataset(CARD.dataset)
    labels = predict(CARD.build(), real.test.inputs, "raw").argmax(1)
    return replace(real, test=Split(real.test.inputs, labels))


@pytest.fixture(scope="module")
def honest(data: Dataset) -> Observation:
    """What an honest submission of that reference model looks like."""
    model = CARD.build()
    return Observation(arrays_of(model), predict(model, data.test.inputs, "raw").numpy())


@pytest.fixture
def rubric() -> Rubric:
    return load_rubric(bundled_rubric(CARD.id))


def changed_rubric(folder: Path, old: str, new: str) -> Rubric:
    """The bundled rubric with one text in the place of another."""
    path = folder / "mine.toml"
    path.write_text(bundled_rubric(CARD.id).read_text().replace(old, new))
    return load_rubric(path)


def judged(data: Dataset, seen: Observation, rubric: Rubric) -> dict[str, Check]:
    return {check.id: check for check in Judge(CARD, data, seen).judge(rubric)}


def test_an_honest_submission_earns_everything(
    data: Dataset, honest: Observation, rubric: Rubric
) -> None:
    checks = judged(data, honest, rubric)
    assert all(check.met and not check.advice for check in checks.values())
    ruling = rule(rubric, tuple(checks.values()))
    assert (ruling.verdict, ruling.score, ruling.reason) == ("passed", 100, "")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_answers_that_are_not_numbers_score_nothing(
    data: Dataset, honest: Observation, rubric: Rubric, value: float
) -> None:
    assert honest.answers is not None
    answers = honest.answers.copy()
    answers[np.arange(len(answers)), answers.argmax(1)] = value
    checks = judged(data, replace(honest, answers=answers), rubric)
    assert checks["answers"].points == 0
    assert checks["accuracy"].points == 0
    assert checks["accuracy"].interval is not None
    assert checks["accuracy"].interval[0] == 0


def test_weights_that_are_not_numbers_score_nothing(
    data: Dataset, honest: Observation, rubric: Rubric
) -> None:
    assert honest.arrays is not None
    arrays = tuple(replace(one, values=one.values * np.nan) for one in honest.arrays)
    answers = np.full((len(data.test), 10), np.nan, np.float32)
    checks = judged(data, Observation(arrays, answers), rubric)
    assert checks["answers"].points == checks["accuracy"].points == 0


def test_what_the_reference_answered_itself_is_asked_only_for_numbers(
    data: Dataset, honest: Observation, rubric: Rubric, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "with_parameters", None)  # nothing is computed anew
    assert honest.answers is not None
    alone = replace(honest, by_reference=True)
    assert judged(data, alone, rubric)["answers"].met
    nothing = replace(alone, answers=np.full_like(honest.answers, np.nan))
    check = judged(data, nothing, rubric)["answers"]
    assert (check.met, check.measured) == (False, "the same on 0.0%")


def test_right_answers_from_nowhere_earn_nothing(
    data: Dataset, honest: Observation, rubric: Rubric
) -> None:
    assert honest.arrays is not None
    arrays = tuple(replace(one, values=np.zeros_like(one.values)) for one in honest.arrays)
    checks = judged(data, replace(honest, arrays=arrays), rubric)
    assert checks["parameters"].met
    assert checks["architecture"].met
    assert not checks["answers"].met
    assert checks["accuracy"].points == 0
    assert "once this is met" in checks["accuracy"].advice


def test_scaling_inside_the_model_is_no_offence(data: Dataset, rubric: Rubric) -> None:
    model = CARD.build(seed=3)
    answers = predict(model, data.test.inputs, "unit").numpy()
    assert judged(data, Observation(arrays_of(model), answers), rubric)["answers"].met


def test_different_layers_are_named(data: Dataset, honest: Observation, rubric: Rubric) -> None:
    assert honest.arrays is not None
    narrow = replace(honest.arrays[0], values=np.zeros((32, 784), np.float32))
    checks = judged(data, replace(honest, arrays=(narrow, *honest.arrays[1:])), rubric)
    assert "'hidden1.weight') is 32x784, not 64x784" in checks["architecture"].advice
    assert checks["parameters"].measured == f"{55_050 - 32 * 784:,}"
    assert checks["answers"].measured == "not comparable"
    missing = judged(data, replace(honest, arrays=honest.arrays[:-1]), rubric)
    assert "5 parameter arrays, not 6" in missing["architecture"].advice


def test_buffers_are_not_counted(data: Dataset, honest: Observation, rubric: Rubric) -> None:
    assert honest.arrays is not None
    extra = NamedArray("running", "buffer", np.zeros(1_000, np.float32))
    checks = judged(data, replace(honest, arrays=(*honest.arrays, extra)), rubric)
    assert all(check.met for check in checks.values())


def test_the_upper_bound_of_the_interval_counts(
    data: Dataset, honest: Observation, rubric: Rubric
) -> None:
    labels = data.test.labels.clone()
    wrong = len(labels) * 11 // 100
    labels[:wrong] = (labels[:wrong] + 1) % 10
    shifted = replace(data, test=Split(data.test.inputs, labels))
    accuracy = judged(shifted, honest, rubric)["accuracy"]
    assert accuracy.measured.startswith("89.0%")
    assert accuracy.interval is not None
    assert accuracy.interval[1] > 0.90
    assert accuracy.met


def test_who_guesses_is_told_where_to_look(
    data: Dataset, honest: Observation, rubric: Rubric
) -> None:
    others = Split(data.test.inputs, (data.test.labels + 1) % 10)
    wrong, predicted = replace(data, test=others), replace(honest, arrays=None)
    free = rubric.model_copy(
        update={"criterion": [one.model_copy(update={"needs": ()}) for one in rubric.criterion]}
    )
    advice = [judged(wrong, seen, free)["accuracy"].advice for seen in (honest, predicted)]
    assert advice == [words.GUESSED, words.GUESSED_ROWS]


@pytest.mark.parametrize(("classes", "limit"), [(2, 0.75), (3, 2 / 3), (10, 0.2)])
def test_learnt_next_to_nothing_is_less_of_more_classes(classes: int, limit: float) -> None:
    assert words.next_to_nothing(classes) == pytest.approx(limit)


def test_nothing_seen_earns_nothing(data: Dataset, rubric: Rubric) -> None:
    checks = judged(data, Observation(), rubric)
    ruling = rule(rubric, tuple(checks.values()))
    assert (ruling.verdict, ruling.score) == ("failed", 0)
    assert all(check.advice for check in checks.values())


def test_a_required_criterion_fails_the_whole(
    tmp_path: Path, data: Dataset, honest: Observation
) -> None:
    strict = changed_rubric(tmp_path, 'metric = "answers"', 'metric = "answers"\nrequired = true')
    seen = replace(honest, answers=np.zeros((len(data.test), 10), np.float32))
    checks = judged(data, seen, strict)
    ruling = rule(strict, tuple(checks.values()))
    assert checks["parameters"].points == 15
    assert (ruling.verdict, ruling.score) == ("failed", 0)
    assert ruling.reason.startswith("required, and not met")


def test_a_pass_mark_below_everything_is_a_pass(
    tmp_path: Path, data: Dataset, honest: Observation
) -> None:
    mild = changed_rubric(tmp_path, "title =", "pass_at = 0.3\ntitle =")
    seen = replace(honest, answers=np.zeros((len(data.test), 10), np.float32))
    ruling = rule(mild, tuple(judged(data, seen, mild).values()))
    assert (ruling.verdict, ruling.score) == ("passed", 30)


def test_judging_leaves_the_random_state_alone(
    data: Dataset, honest: Observation, rubric: Rubric
) -> None:
    before = torch.random.get_rng_state()
    judged(data, honest, rubric)
    assert torch.equal(before, torch.random.get_rng_state())


def asking(card: ModelCard, **criterion: object) -> Rubric:
    one = {"id": "one", "name": "One", "points": 10, **criterion}
    return Rubric.model_validate({"assignment": card.id, "title": "T", "criterion": [one]})


def only(card: ModelCard, seen: Observation, **criterion: object) -> Check:
    (check,) = Judge(card, load_dataset(card.dataset), seen).judge(asking(card, **criterion))
    return check


def seen_of(card: ModelCard) -> Observation:
    return Observation(arrays_of(card.build()))


def test_memory_is_counted_in_bytes() -> None:
    seen = seen_of(CARD)
    assert only(CARD, seen, metric="memory", at_most=4 * 55_050).met
    heavy = only(CARD, seen, metric="memory", at_most=4 * 55_050 - 1)
    assert heavy.measured == "220,200 bytes"
    assert "float64" in heavy.advice
    assert only(CARD, Observation(), metric="memory", at_most=1).measured == "not known"


@pytest.mark.parametrize(
    ("asked", "advice"),
    [
        ({"layers": ["dense", "dense", "dense"]}, ""),
        ({"layers": ["dense"]}, "yours with parameters are: dense, dense, dense"),
        ({"allowed": ["dense", "norm"]}, ""),
        ({"allowed": ["convolution"]}, "a layer of the kind 'dense'"),
        ({"forbidden": ["norm"]}, ""),
        ({"forbidden": ["dense"]}, "a layer of the kind 'dense'"),
    ],
)
def test_kinds_of_layers_are_told_from_shapes(asked: dict[str, object], advice: str) -> None:
    check = only(CARD, seen_of(CARD), metric="architecture", shapes=False, **asked)
    assert check.met == (not advice)
    assert advice in check.advice


def test_a_reconstruction_is_judged_by_its_loss() -> None:
    card = find_model("jhu482/autoencoder")
    pixels = load_dataset(card.dataset).test.inputs
    same = scale_pixels(pixels, "signed").numpy()
    curve = {"curve": {"embedded": [[0.1, 10], [0.2, 0]]}}
    asked = {"metric": "reconstruction_loss", **curve}
    seen = seen_of(card)
    good = only(card, replace(seen, answers=same), **asked)
    assert (good.points, good.measured) == (10, "0.0000")
    assert good.expected.startswith("a mean squared error of 0.1 or less for all points")
    half = only(card, replace(seen, answers=same + np.float32(0.15**0.5)), **asked)
    assert half.points == pytest.approx(5, abs=0.01)
    grey = only(card, replace(seen, answers=same + 1), **asked)
    assert grey.points == 0
    assert "The mean of all images would cost 0.18" in grey.advice
    assert only(card, seen, **asked).measured == "no answers"
    nothing = only(card, replace(seen, answers=same * np.nan), **asked)
    assert nothing.measured == "not a number"


def test_features_are_judged_by_the_reference_with_the_submissions_parameters() -> None:
    card = find_model("bs6207/ucc-alpha1")
    asked = {"metric": "min_js", "curve": {"embedded": [[0.0, 0], [0.5, 10]]}}
    found = only(card, seen_of(card), **asked)
    assert found.points < 1
    assert found.measured.endswith(" bits between the two most alike classes")
    assert "come apart" in found.advice
    assert only(card, Observation(), **asked).measured == "not known"
    assert only(card, seen_of(CARD), **asked).measured == "not comparable"


def test_a_cap_is_told_with_the_advice() -> None:
    check = only(CARD, seen_of(CARD), metric="parameters", equals=1, cap=4)
    assert check.advice.endswith("Until this is met, the whole is worth at most 4 points.")
