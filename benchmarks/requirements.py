"""What a run needs before anything is measured; what is missing ends it in one line."""

from collections.abc import Iterable, Sequence

import pytest

from benchmarks.device import MISSING, cuda_available, device_of
from benchmarks.workbench import Workbench
from reference_models import GradebenchError, ModelCard, model_cards


def require_cuda(items: Iterable[pytest.Item]) -> None:
    """End the run if CUDA was asked for by name, a test would use it, and it is not there."""
    if any(device_of(item) == "cuda" for item in items) and not cuda_available():
        raise pytest.UsageError(f"--device cuda: {MISSING}")


def require_data(workbench: Workbench, items: Sequence[pytest.Item]) -> None:
    """Load what the collected tests will measure on, or end the run with the reason."""
    names = {card.dataset for item in items for card in _cards_of(item)}
    for name in sorted(names):
        try:
            workbench.dataset(name)
        except GradebenchError as error:
            raise pytest.UsageError(str(error)) from None


def _cards_of(item: pytest.Item) -> Iterable[ModelCard]:
    fixtures = getattr(item, "fixturenames", ())
    if "workbench" not in fixtures:
        return ()
    callspec = getattr(item, "callspec", None)
    chosen = set(map(str, callspec.params.values())) if callspec else set()
    return [card for card in model_cards() if card.id in chosen or card.fixture in fixtures]
