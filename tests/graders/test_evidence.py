"""What the parent works out for itself, without a sandbox."""

import numpy as np
import pytest
import torch
from torch import nn

from graders import evidence
from graders.questions import Questions
from graders.sandbox import NamedArray
from reference_models import ModelCard, find_model
from reference_models.data import load_dataset, scale_pixels
from reference_models.training import predict

LENET = find_model("dat565/lenet")


def arrays(model: nn.Module) -> tuple[NamedArray, ...]:
    return tuple(
        NamedArray(name, "parameter", each.detach().numpy().copy())
        for name, each in model.named_parameters()
    )


def asked(card: ModelCard) -> Questions:
    return Questions.of(card, load_dataset(card.dataset))


@pytest.mark.parametrize(
    ("model", "scale"),
    [
        ("dat565/lenet", "raw"),
        ("dat565/lenet", "signed"),
        ("dat565/lenet", "standard"),
        ("jhu482/pentagons-sigmoid", "raw"),
        ("jhu482/pentagons-sigmoid", "square"),
        ("jhu482/autoencoder", "unit"),
    ],
)
def test_a_submission_may_scale_its_inputs_in_any_way(model: str, scale: str) -> None:
    card = find_model(model)
    questions, theirs = asked(card), card.build(seed=3)
    answers = predict(theirs, questions.stored, scale, task=questions.task)  # type: ignore[arg-type]
    assert evidence.agreement(arrays(theirs), answers.numpy(), card, questions) == 1


def test_another_network_of_the_same_shapes_does_not_agree() -> None:
    card = find_model("jhu482/autoencoder")
    questions = asked(card)
    answers = predict(card.build(3), questions.stored, "signed", task=questions.task).numpy()
    other = arrays(card.build(4))
    assert evidence.agreement(other, answers, card, questions) < 0.5


def test_a_rounded_tie_is_no_disagreement() -> None:
    questions, model = asked(LENET), LENET.build()
    with torch.no_grad():  # classes 3 and 7 are equal everywhere, and far above all others
        for parameter in list(model.parameters())[-2:]:
            parameter[7] = parameter[3]
        model.get_parameter("output.bias")[[3, 7]] += 1e4
    answers = predict(model, questions.stored, "raw").numpy().copy()
    assert set(answers.argmax(1)) == {3}
    answers[:3, 7] += 1e-5 * np.abs(answers).max()
    assert evidence.agreement(arrays(model), answers, LENET, questions) == 1
    answers[:, 7] += 1e-5 * np.abs(answers).max()
    assert evidence.agreement(arrays(model), answers, LENET, questions) == pytest.approx(0.01)


def test_zeros_that_tie_everywhere_are_excused_on_a_hundredth_alone() -> None:
    questions, model = asked(LENET), LENET.build()
    answers = np.zeros((len(questions), 10), np.float32)
    answers[np.arange(len(questions)), questions.labels.numpy()] = 1e-30
    empty = tuple(
        NamedArray(one.name, one.kind, np.zeros_like(one.values)) for one in arrays(model)
    )
    share = evidence.agreement(empty, answers, LENET, questions)
    by_chance = float((questions.labels == 0).double().mean())
    assert share <= by_chance + 0.011


def test_what_is_not_finite_agrees_with_nothing() -> None:
    questions, model = asked(LENET), LENET.build()
    nothing = np.full((len(questions), 10), np.nan, np.float32)
    assert evidence.agreement(arrays(model), nothing, LENET, questions) == 0
    card = find_model("jhu482/autoencoder")
    pictures = np.full((500, 1, 28, 28), np.nan, np.float32)
    assert evidence.agreement(arrays(card.build()), pictures, card, asked(card)) == 0
    assert evidence.reconstruction_loss(pictures, asked(card)) is None


def test_an_image_given_back_costs_nothing() -> None:
    questions = asked(find_model("jhu482/autoencoder"))
    same = scale_pixels(questions.stored, "signed").numpy()
    assert evidence.reconstruction_loss(same, questions) == 0
    assert evidence.reconstruction_loss(same + 0.1, questions) == pytest.approx(0.01, abs=1e-6)


def test_bytes_depend_on_the_type_of_number() -> None:
    one = NamedArray("w", "parameter", np.zeros((3, 2), np.float64))
    two = NamedArray("b", "buffer", np.zeros(5, np.float16))
    assert evidence.count_bytes([one, two]) == 58
    assert evidence.count_numbers([one, two]) == 6


def test_a_bag_counters_figures_come_from_its_parameters() -> None:
    card = find_model("bs6207/ucc-alpha1")
    data = load_dataset(card.dataset)
    state = arrays(card.build())
    divergence = evidence.measure_of("min_js", state, card, data)
    assert divergence is not None
    assert 0 <= divergence < 0.01
    broken = (*state[:-1], NamedArray("last", "parameter", state[-1].values * np.nan))
    assert evidence.measure_of("min_js", broken, card, data) is None
