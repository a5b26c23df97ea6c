"""`gradebench show` from the command line."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image
from safetensors.torch import save_file

from benchmarks.errors import ResultsError
from benchmarks.reproduction import Conditions, Run, add_runs, weights_file
from graders.commands.show import PICTURES, show
from reference_models import UnknownIdError, find_experiment, find_model
from reference_models.errors import CheckpointError
from reference_models.training import Epoch, History
from reference_models.visualise import PictureError, picture_names

LENET = "dat565/lenet"
EXPERIMENT = "dat565/dense-curves"


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "lenet.safetensors"
    save_file(find_model(LENET).build().state_dict(), path)
    return path


def _record(path: Path) -> None:
    conditions = Conditions(EXPERIMENT, "paper", "real", "cpu", "abacus", 1, "2")
    epochs = tuple(Epoch(n, 1.0, 0.5 + n / 20, 1.0, test_accuracy=0.6) for n in range(1, 11))
    run = Run("raw pixels", 1, 0, "MNIST", "key", 60000, 10000, 1.0, False, History(epochs))
    add_runs(path, conditions, [run])


def test_the_command_knows_every_picture() -> None:
    assert set(PICTURES) == set(picture_names())


def test_a_picture_is_saved_and_its_path_printed(tmp_path: Path, weights: Path) -> None:
    out = tmp_path / "new" / "filters.png"
    call = CliRunner().invoke(
        show, [LENET, "--what", "filters", "--weights", str(weights), "--out", str(out)]
    )
    assert call.exit_code == 0, call.output
    assert call.output.strip() == str(out)
    with Image.open(out) as picture:
        assert picture.format == "PNG"
        assert picture.width > 500


def test_the_default_name_is_that_of_model_and_picture(
    tmp_path: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    call = CliRunner().invoke(show, [LENET, "--what", "filters", "--weights", str(weights)])
    assert call.output.strip() == "dat565-lenet-filters.png"
    assert (tmp_path / "dat565-lenet-filters.png").is_file()


def test_a_model_is_trained_where_there_are_no_weights(tmp_path: Path) -> None:
    out = tmp_path / "curves.png"
    call = CliRunner().invoke(
        show, ["dat565/dense-64-64", "--what", "curves", "--seed", "1", "--out", str(out)]
    )
    assert call.exit_code == 0, call.output
    assert out.stat().st_size > 5000


def test_a_picture_that_a_model_cannot_give_is_refused_before_anything_is_trained() -> None:
    call = CliRunner().invoke(show, ["dat565/dense-64-64", "--what", "filters"])
    assert isinstance(call.exception, PictureError)
    assert "it can show: curves" in str(call.exception)


def test_an_unknown_id_suggests_the_nearest() -> None:
    call = CliRunner().invoke(show, ["dat565/lennet", "--what", "filters"])
    assert isinstance(call.exception, UnknownIdError)
    assert "did you mean 'dat565/lenet'" in str(call.exception)


def test_weights_of_another_model_are_refused(weights: Path) -> None:
    call = CliRunner().invoke(
        show, ["dat565/dense-64-64", "--what", "confusion", "--weights", str(weights)]
    )
    assert isinstance(call.exception, CheckpointError)
    assert "another model" in str(call.exception)


def test_an_experiment_shows_its_recorded_curves(tmp_path: Path) -> None:
    results, out = tmp_path / "reproduction.json", tmp_path / "curves.png"
    _record(results)
    words = [EXPERIMENT, "--what", "curves", "--results", str(results), "--out", str(out)]
    call = CliRunner().invoke(show, words)
    assert call.exit_code == 0, call.output
    assert out.is_file()


def test_reported_figures_stand_beside_comparable_runs_alone(tmp_path: Path) -> None:
    from graders.commands.show import recorded_curves

    results = tmp_path / "reproduction.json"
    _record(results)
    figure = recorded_curves(find_experiment(EXPERIMENT), results)
    assert figure.get_supxlabel() == "MNIST; paper budget; 1 run on abacus"
    assert len(figure.axes[0].containers) == 4


def test_an_experiment_without_records_says_what_to_do(tmp_path: Path) -> None:
    words = [EXPERIMENT, "--what", "curves", "--results", str(tmp_path / "none.json")]
    call = CliRunner().invoke(show, words)
    assert isinstance(call.exception, PictureError)
    assert f"gradebench reproduce {EXPERIMENT}" in str(call.exception)


def test_a_foreign_results_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text('[{"a": 1}]')
    call = CliRunner().invoke(show, [EXPERIMENT, "--what", "curves", "--results", str(path)])
    assert isinstance(call.exception, ResultsError)


def test_an_experiment_has_no_filters() -> None:
    call = CliRunner().invoke(show, [EXPERIMENT, "--what", "filters"])
    assert isinstance(call.exception, PictureError)
    assert "it can show: curves" in str(call.exception)


def test_a_name_that_both_have_is_the_model_unless_results_are_named(tmp_path: Path) -> None:
    name = "jhu482/cnn"
    assert find_model(name)
    assert find_experiment(name)
    out = tmp_path / "filters.png"
    call = CliRunner().invoke(show, [name, "--what", "filters", "--out", str(out)])
    assert call.exit_code == 0, call.output
    words = [name, "--what", "curves", "--results", str(tmp_path / "none.json")]
    call = CliRunner().invoke(show, words)
    assert isinstance(call.exception, PictureError)
    assert "holds no run of jhu482/cnn" in str(call.exception)


def test_weights_of_an_experiments_variant_are_shown_as_that_variant(tmp_path: Path) -> None:
    experiment = find_experiment("comp576/recurrent")
    arm = next(each for each in experiment.arms if each.label == "6 gru 32")
    path = weights_file(tmp_path, experiment.id, arm.label, 5)
    path.parent.mkdir(parents=True)
    save_file(find_model("comp576/gru").build(0, arm.build).state_dict(), path)
    out = tmp_path / "confusion.png"
    words = ["comp576/gru", "--what", "confusion", "--weights", str(path), "--out", str(out)]
    call = CliRunner().invoke(show, words)
    assert call.exit_code == 0, call.output
    assert out.is_file()
