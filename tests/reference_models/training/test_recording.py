"""Steps from a recording; the recorder is a double that takes the step, except on a GPU."""

import copy
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from benchmarks.device import skip_without_cuda
from reference_models.data import Dataset
from reference_models.training import History, Member, RateDrops, Recipe, engine, fit
from reference_models.training.learners import Learner, Single, Stack
from reference_models.training.recording import Recorded, Step

_RECIPE = Recipe(
    epochs=5, batch_size=32, learning_rate=0.01, input_scale="unit", optimiser="adam", log_every=1
)


def _member(recipe: Recipe = _RECIPE, seed: int = 0, device: str = "cpu") -> Member:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        layers = nn.Flatten(), nn.Linear(784, 8), nn.Dropout(0.2), nn.ReLU(), nn.Linear(8, 2)
    return Member(nn.Sequential(*layers).to(device), recipe, seed)


class _Recorder:
    """Stands for a CUDA graph: records without working, and returns the same tensors each time."""

    def __init__(self) -> None:
        self.recordings = 0

    def __call__(self, step: Step) -> Step:
        self.recordings += 1
        kept: list[Tensor] = []

        def again() -> tuple[Tensor, Tensor]:
            found = step()
            kept[:] = kept or [each.clone() for each in found]
            for place, value in zip(kept, found, strict=True):
                place.copy_(value)
            return kept[0], kept[1]

        return again


def _train(learner: Learner, data: Dataset) -> History:
    return engine.train(learner, data, evaluate=True, checkpoint=None, progress=False)[0]


def _told(history: History) -> list[float]:
    return [step.loss for step in history.steps] + [each.train_loss for each in history.epochs]


@pytest.mark.parametrize("stacked", [False, True])
def test_recorded_steps_learn_what_plain_ones_do(stacked: bool, blobs: Dataset) -> None:
    def learner(members: list[Member]) -> Learner:
        return Stack(members) if stacked else Single(members[0])

    plain, replayed = ([_member(seed=seed) for seed in (0, 1)] for _ in range(2))
    recorder = _Recorder()
    expected = _train(learner(plain), blobs)
    found = _train(Recorded(learner(replayed), recorder), blobs)
    assert recorder.recordings == 2  # whole batches, and an epoch's last
    assert _told(found) == _told(expected)
    for one, other in zip(plain[0].model.parameters(), replayed[0].model.parameters(), strict=True):
        assert torch.equal(one, other)


def test_another_rate_is_recorded_anew(blobs: Dataset) -> None:
    recipe = replace(_RECIPE, rate_drops=RateDrops(4, 0.5), batch_size=50)
    plain, replayed, recorder = _member(recipe), _member(recipe), _Recorder()
    expected = _train(Single(plain), blobs)
    assert _told(_train(Recorded(Single(replayed), recorder), blobs)) == _told(expected)
    assert recorder.recordings == 2


def test_what_cannot_be_recorded_is_trained_step_by_step(blobs: Dataset) -> None:
    def refuse(step: Step) -> Step:
        raise RuntimeError("operation not permitted when stream is capturing\nand more")

    plain, member = _member(), _member()
    expected = fit(plain.model, blobs, _RECIPE)
    with pytest.warns(UserWarning, match="CUDA graph: operation not permitted when .* capturing$"):
        found = _train(Recorded(Single(member), refuse), blobs)
    assert _told(found) == _told(expected)


def test_a_recording_is_gone_once_a_state_is_restored(blobs: Dataset) -> None:
    recorder = _Recorder()
    learner = Recorded(Single(_member()), recorder)
    learner.begin(1)
    inputs, labels = torch.rand(1, 8, 1, 28, 28), torch.zeros(1, 8, dtype=torch.int64)
    for _ in range(5):
        learner.step(inputs, labels)
    learner.restore(learner.state())
    learner.step(inputs, labels)
    assert recorder.recordings == 2


def test_a_state_from_another_device_leaves_an_optimiser_as_it_was_built() -> None:
    learner = Single(_member())
    inputs, labels = torch.rand(1, 8, 1, 28, 28), torch.zeros(1, 8, dtype=torch.int64)
    learner.step(inputs, labels)
    state = copy.deepcopy(learner.state())
    state["optimiser"]["param_groups"][0]["capturable"] = True  # as on CUDA
    learner.restore(state)
    learner.step(inputs, labels)
    assert not learner.state()["optimiser"]["param_groups"][0]["capturable"]


@pytest.mark.cuda
@skip_without_cuda()
@pytest.mark.parametrize("kind", [Single, lambda member: Stack([member])])
def test_a_graph_learns_what_plain_steps_do(
    kind: Callable[[Member], Learner], blobs: Dataset
) -> None:
    recipe, data = replace(_RECIPE, epochs=8), blobs.to("cuda")
    plain, replayed = (_member(recipe, device="cuda") for _ in range(2))
    plain.model[2].p = replayed.model[2].p = 0.0  # type: ignore[index, union-attr]
    expected = _train(kind(plain), data)
    found = _train(Recorded(kind(replayed)), data)
    torch.testing.assert_close(_told(found), _told(expected), rtol=1e-4, atol=1e-5)


@pytest.mark.cuda
@skip_without_cuda()
def test_a_replayed_step_drops_other_numbers_out(blobs: Dataset) -> None:
    still = replace(_RECIPE, optimiser="sgd", learning_rate=0.0)
    learner = Recorded(Single(_member(still, device="cuda")))
    learner.begin(1)
    split = blobs.to("cuda").train
    inputs, labels = split.inputs[None, :32].float(), split.labels[None, :32]
    losses = {float(learner.step(inputs, labels)[0]) for _ in range(10)}
    assert len(losses) > 5


@pytest.mark.cuda
@skip_without_cuda()
def test_a_step_that_waits_for_the_device_is_trained_as_it_is(blobs: Dataset) -> None:
    class Waiting(nn.Module):
        def forward(self, inputs: Tensor) -> Tensor:
            return inputs * float(inputs.sum().item() != 0.5)

    member = _member(device="cuda")
    model = nn.Sequential(Waiting(), member.model)
    with pytest.warns(UserWarning, match="steps cannot be recorded as a CUDA graph: "):
        history = fit(model, blobs.to("cuda"), _RECIPE)
    assert len(history.epochs) == _RECIPE.epochs
