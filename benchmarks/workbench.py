"""What a session keeps between benchmarks, so that nothing is loaded or measured twice."""

from torch import nn

from benchmarks.measure import Cost, copy_peak, matmul_peak
from benchmarks.settings import Settings
from benchmarks.training import TimedTraining, time_training
from benchmarks.trial import Trial
from reference_models import ModelCard
from reference_models.data import Dataset, DataView, load_dataset
from reference_models.preparing import as_trained


class Workbench:
    """Data sets, trials, what they trained, and each device's peak."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._datasets: dict[tuple[str, str], Dataset] = {}
        self._views: dict[tuple[str, str, DataView], Dataset] = {}
        self._peaks: dict[str, Cost] = {}
        self._trials: dict[tuple[str, str], Trial] = {}
        self._trainings: dict[tuple[str, str], TimedTraining] = {}

    def dataset(self, name: str, device: str = "cpu") -> Dataset:
        """Data set `name` on `device`, from the run's source.

        Raises DataError when it is not there, naming the folder and the command that mends it.
        """
        key = (name, device)
        if key not in self._datasets:
            self._datasets[key] = (
                self._load(name) if device == "cpu" else self.dataset(name).to(device)
            )
        return self._datasets[key]

    def trial(self, card: ModelCard, device: str) -> Trial:
        """A trial of `card` on `device` with the run's data, budget and seed."""
        key = (card.id, device)
        if key not in self._trials:
            data = self._view(card, device)
            budget, seed = self.settings.budget, self.settings.seed
            self._trials[key] = Trial(card, device, data, budget, seed, self._model_to_learn_from)
        return self._trials[key]

    def _view(self, card: ModelCard, device: str) -> Dataset:
        """The part of its data set that a card is about; models of one course share it."""
        key = (card.dataset, device, card.view)
        if key not in self._views:
            self._views[key] = card.view.of(self.dataset(card.dataset, device))
        return self._views[key]

    def keep(self, training: TimedTraining) -> None:
        """Keep a training for the benchmark that will take it."""
        self._trainings[training.trial.card.id, training.trial.device] = training

    def take_training(self, trial: Trial) -> TimedTraining:
        """The training of `trial` that was kept, and is kept no longer; or else a new one."""
        return self._trainings.pop((trial.card.id, trial.device), None) or time_training(trial)

    def _model_to_learn_from(self, trial: Trial, card: ModelCard) -> nn.Module:
        """A trained model of `card` for a trial of another: the kept one, if it was trained so."""
        kept = self._trainings.get((card.id, trial.device))
        if kept is not None and kept.trial.card is card and _start_alike(kept.trial, trial):
            return kept.model
        return as_trained(trial.data, trial.budget, trial.seed, card)

    def roofline_fraction(self, a_second: Cost, device: str) -> float:
        """How near what is done in a second comes to the roof that is nearer to it.

        The roofs are `device`'s float32 matrix products and its copies of memory, measured once a
        session. What works in a cache can lie above the latter.
        """
        if device not in self._peaks:
            self._peaks[device] = Cost(matmul_peak(device), copy_peak(device))
        roof = self._peaks[device]
        return max(a_second.flops / roof.flops, a_second.bytes / roof.bytes)

    def _load(self, name: str) -> Dataset:
        settings = self.settings
        return load_dataset(name, settings.data, settings.root, download=settings.download)


def _start_alike(first: Trial, second: Trial) -> bool:
    return first.data is second.data and (first.budget, first.seed) == (second.budget, second.seed)
