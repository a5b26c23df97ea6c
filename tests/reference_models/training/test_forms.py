from threading import Lock

import torch
from torch import Tensor, nn

from reference_models import find_model
from reference_models.comp576.unrolled import Unrolled
from reference_models.training.dropout import BitwiseDropout
from reference_models.training.forms import answering, fast_form


def test_the_fast_form_shares_parameters_and_buffers_and_leaves_the_model_as_it_was() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.MaxPool2d(2, stride=1))
    fast = fast_form(model)
    assert all(a is b for a, b in zip(model.parameters(), fast.parameters(), strict=True))
    assert all(a is b for a, b in zip(model.buffers(), fast.buffers(), strict=True))
    assert isinstance(model[2], nn.MaxPool2d)


def test_dropout_is_drawn_faster_unless_hardly_anything_is_kept() -> None:
    model = nn.Sequential(nn.Linear(1, 1), nn.Dropout(0.2), nn.Dropout(0.99), nn.Dropout(0, True))
    kinds = [type(layer) for layer in fast_form(model)]  # type: ignore[attr-defined]
    assert kinds == [nn.Linear, BitwiseDropout, nn.Dropout, nn.Dropout]


def test_a_layer_that_does_more_than_its_type_says_is_left_alone() -> None:
    hooked, watched, backwards, own = (nn.Dropout() for _ in range(4))
    hooked.register_forward_hook(lambda *_: None)
    backwards.register_full_backward_hook(lambda *_: None)
    watched.register_forward_pre_hook(lambda *_: None)
    own.forward = lambda values: values  # type: ignore[method-assign]
    model = nn.Sequential(nn.Linear(1, 1), hooked, watched, backwards, own)
    assert fast_form(model) is model


def test_off_the_cpu_there_is_no_faster_form() -> None:
    model = nn.Sequential(nn.Linear(1, 1), nn.Dropout()).to("meta")
    assert fast_form(model) is model


def test_recurrent_layers_say_themselves_what_is_faster() -> None:
    model = find_model("comp576/lstm").build(0)
    assert isinstance(fast_form(model).get_submodule("cell"), Unrolled)


def test_a_subclass_is_left_alone() -> None:
    class Louder(nn.MaxPool2d):
        def forward(self, input: Tensor) -> Tensor:  # noqa: A002 (torch's name)
            return super().forward(input) + 1

    model = nn.Sequential(nn.Conv2d(1, 1, 1), Louder(2, stride=1))
    assert fast_form(model) is model


def test_a_layer_that_comes_twice_is_replaced_twice_by_the_same() -> None:
    dropout = nn.Dropout()
    fast = fast_form(nn.Sequential(nn.Linear(1, 1), dropout, nn.Sequential(dropout)))
    assert isinstance(fast, nn.Sequential)
    assert isinstance(fast[1], BitwiseDropout)
    assert fast[1] is fast[2][0]


def test_what_cannot_be_copied_is_shared() -> None:
    model = nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(2, 2)), nn.Dropout())
    model.lock = Lock()  # type: ignore[assignment]
    fast = fast_form(model)
    assert fast is not model
    assert fast.lock is model.lock
    model(torch.ones(1, 2))
    assert torch.equal(fast.eval()(torch.ones(1, 2)), model.eval()(torch.ones(1, 2)))


def test_a_buffer_that_is_rebound_is_rebound_in_the_model_too() -> None:
    class Counting(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("calls", torch.zeros(()))
            self.dropout = nn.Dropout()

        def forward(self, values: Tensor) -> Tensor:
            self.calls = self.calls + 1
            answered: Tensor = self.dropout(values)
            return answered

    model = Counting()
    fast = fast_form(model)
    fast(torch.ones(1))
    assert fast is not model
    assert model.calls == 1


def test_a_replaced_root_is_replaced() -> None:
    assert isinstance(fast_form(nn.Dropout()), BitwiseDropout)


def test_whoever_is_asked_is_in_evaluation_and_afterwards_as_it_was() -> None:
    asked: list[bool] = []

    class Noting(nn.Sequential):
        def forward(self, input: Tensor) -> Tensor:  # noqa: A002 (torch's name)
            asked.extend(layer.training for layer in self.modules())
            answered: Tensor = super().forward(input)
            return answered

    model = Noting(nn.Linear(2, 2), nn.BatchNorm1d(2).eval(), nn.Dropout())
    with answering(model) as ask:
        ask(torch.ones(3, 2))
        assert not any(layer.training for layer in model.modules())
    assert asked == [False] * 4
    assert [layer.training for layer in model.modules()] == [True, True, False, True]


def test_a_layer_that_is_reached_past_its_module_does_not_drop_when_asked() -> None:
    class Chosen(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.dropout = nn.Dropout()
            self.ways = [self.dropout]

        def forward(self, values: Tensor) -> Tensor:
            answered: Tensor = self.ways[0](values)
            return answered

    with answering(Chosen()) as ask:
        assert torch.equal(ask(torch.ones(100)), torch.ones(100))
