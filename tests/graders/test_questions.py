from dataclasses import replace

import pytest
import torch

from graders.questions import Questions
from reference_models import find_model, model_cards
from reference_models.data import load_dataset
from reference_models.training import predict


def asked(model: str) -> Questions:
    card = find_model(model)
    return Questions.of(card, load_dataset(card.dataset))


@pytest.mark.parametrize(
    ("model", "examples", "scale", "shape", "count"),
    [
        ("dat565/lenet", "images", "raw", (10,), 500),
        ("jhu482/pentagons-threshold", "points", "raw", (1,), 10_000),
        ("jhu482/pentagons-sigmoid", "points", "square", (1,), 10_000),
        ("jhu482/autoencoder", "images", "signed", (1, 28, 28), 500),
        ("bs6207/ucc", "bags of images", "standard", (4,), 40),
        ("bs6207/ucc-2plus", "bags of images", "standard", (3,), 39),
    ],
)
def test_every_task_has_its_questions(
    model: str, examples: str, scale: str, shape: tuple[int, ...], count: int
) -> None:
    questions = asked(model)
    assert (questions.examples, questions.scale, questions.shape) == (examples, scale, shape)
    assert len(questions) == count == len(questions.stored)
    assert questions.stored.shape[1:] == find_model(model).input_shape
    assert questions.scales[0] == scale


@pytest.mark.parametrize(
    "card", [card for card in model_cards() if card.answers], ids=lambda c: c.id
)
def test_a_reference_answers_in_the_shape_that_is_asked_for(card: object) -> None:
    questions = asked(card.id)  # type: ignore[attr-defined]
    few = replace(questions, stored=questions.stored[:2], labels=questions.labels[:2])
    (batch,) = few.batches(torch.tensor([1, 0]), few.scale)
    with torch.inference_mode():
        outputs = card.build().eval()(torch.from_numpy(batch))  # type: ignore[attr-defined]
    raw = outputs[0] if isinstance(outputs, tuple) else outputs
    assert tuple(raw.shape) == (2, *few.shape)


def test_a_probability_becomes_two_classes() -> None:
    questions = asked("jhu482/pentagons-sigmoid")
    card = find_model("jhu482/pentagons-sigmoid")
    model = card.build()
    (first, *_) = questions.batches(torch.arange(10), questions.scale)
    with torch.inference_mode():
        raw = model(torch.from_numpy(first)).numpy()
    ours = predict(model, questions.stored[:10], questions.scale, task=questions.task)
    torch.testing.assert_close(torch.from_numpy(questions.as_answers(raw)), ours)


def test_batches_come_in_the_order_asked_for() -> None:
    questions = asked("dat565/lenet")
    order = torch.arange(499, -1, -1)
    (batch,) = questions.batches(order, "raw")
    assert batch[0].tolist() == questions.stored[499].float().tolist()
