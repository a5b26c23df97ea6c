import io
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from torch import Tensor, nn

from benchmarks.measure import pages
from benchmarks.trial import Trial
from benchmarks.turns import worker
from benchmarks.turns.worker import Bench
from reference_models import find_model, training
from reference_models.data import load_dataset
from reference_models.training import Recipe

ROOT = Path(worker.__file__).parents[2]
SMALL = "jhu482/pentagons-sigmoid"


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench()


def test_a_large_model_is_timed_over_less(bench: Bench) -> None:
    small, large = (
        bench.plan(model)["amounts"] for model in ("jhu482/pentagons-sigmoid", "comp576/lenet5")
    )
    assert small == {"answering": 128, "learning": 50}
    assert 1 <= large["answering"] < 128
    assert 2 <= large["learning"] < 50


def test_it_says_what_must_be_the_same_on_both_sides(bench: Bench) -> None:
    recipe = find_model("dat565/lenet").recipes["quick"]
    assert bench.plan("dat565/lenet")["conditions"] == {
        "data": load_dataset("mnist").key,
        "batch size": recipe.batch_size,
    }
    probe = find_model("jhu482/encoder-probe").recipes["quick"]
    assert bench.plan("jhu482/encoder-probe")["conditions"] | {"data": "any"} == {
        "data": "any",
        "batch size": probe.batch_size,
        "layers held still": probe.trains,
        "epochs": probe.epochs,
        "steps": probe.steps,
    }


def test_what_is_never_trained_only_answers(bench: Bench) -> None:
    assert list(bench.plan("cs7cs4/convolution")["amounts"]) == ["answering"]
    bench.prepare("cs7cs4/convolution", {"answering": 2})
    assert bench.seconds("answering") > 0


def test_what_is_prepared_is_timed_as_often_as_one_likes(bench: Bench) -> None:
    bench.prepare(SMALL, {"answering": 4, "learning": 2})
    assert all(bench.seconds(figure) > 0 for figure in ("answering", "learning") for _ in range(2))


def test_what_is_prepared_anew_lies_elsewhere_in_memory(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    places: list[tuple[int, int]] = []
    answer = Trial.answer

    def noting(trial: Trial, model: nn.Module, examples: Tensor, *rest: int) -> Tensor:
        places.append((next(model.parameters()).data_ptr(), examples.data_ptr()))
        return answer(trial, model, examples, *rest)

    bench.prepare(SMALL, {"answering": 4})  # warms up as well, which answers too
    monkeypatch.setattr(Trial, "answer", noting)
    for _ in range(5):
        bench.prepare(SMALL, {"answering": 4})
    assert [len(set(each)) for each in zip(*places, strict=True)] == [5, 5]


def test_the_median_epoch_but_the_first_counts(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fit(_model: object, _data: object, recipe: Recipe, **_: object) -> SimpleNamespace:
        assert (recipe.epochs, recipe.steps) == (4, 2)
        return SimpleNamespace(epochs=[SimpleNamespace(seconds=each) for each in (9, 3, 1, 2)])

    bench.prepare(SMALL, {"answering": 4})
    monkeypatch.setattr(training, "fit", fit)
    bench.prepare(SMALL, {"answering": 4, "learning": 2})
    assert bench.seconds("learning") == 2


def test_where_layers_are_held_still_the_whole_training_is_timed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipes = []

    def fit(*asked: object, **_: object) -> None:
        recipes.append(asked[2])

    bench.prepare("jhu482/encoder-probe", {"answering": 2})
    monkeypatch.setattr(training, "fit", fit)
    bench.prepare("jhu482/encoder-probe", {"answering": 2, "learning": 2})
    assert recipes[-1] == find_model("jhu482/encoder-probe").recipes["quick"]


def asked(checkout: Path, *requests: list[object]) -> list[dict[str, object]]:
    """What a worker of `checkout` replies, as who asks it reads it."""
    lines = "".join(json.dumps(each) + "\n" for each in requests)
    call = [sys.executable, str(worker.__file__), str(checkout)]
    run = subprocess.run(call, input=lines, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in io.StringIO(run.stdout)]


def test_a_request_that_goes_wrong_is_answered_and_the_next_one_too(tmp_path: Path) -> None:
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "__init__.py").write_text("print('noise'); raise OSError('no disk')")
    failed = {"error": "OSError: no disk"}
    assert asked(tmp_path, ["models"], ["plan", "dat565/lenet"]) == [failed, failed]


def test_code_of_another_checkout_is_not_taken_for_this_ones(tmp_path: Path) -> None:
    (reply,) = asked(tmp_path, ["models"])
    assert str(reply["error"]).startswith(("ImportError: its code is not used", "ModuleNotFound"))


_FAULTS = """
import resource

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    bytearray(b"x") * (64 << 20)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

faults()
raise OSError(faults())
"""
_CAN_KEEP = "import runpy, sys; sys.exit(not runpy.run_path(sys.argv[1])['settle_memory']())"


def test_memory_is_kept_for_a_checkout_that_knows_nothing_of_it(tmp_path: Path) -> None:
    if subprocess.run(
        [sys.executable, "-c", _CAN_KEEP, str(pages.__file__)], check=False
    ).returncode:
        pytest.skip("this system's memory cannot be settled")
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "__init__.py").write_text(_FAULTS)
    (reply,) = asked(tmp_path, ["models"])
    taken_anew = int(str(reply["error"]).removeprefix("OSError: "))
    assert taken_anew < 16, "64 MiB taken anew are 16,384 faults, and 32 in large pages"
