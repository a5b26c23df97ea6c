import json

from reference_models.training import Epoch, History


def test_a_history_survives_json() -> None:
    history = (
        History().with_epoch(Epoch(1, 2.0, 0.1, None, 3.0)).with_epoch(Epoch(2, 1.0, 0.5, 0.4, 4.0))
    )
    assert History.from_dict(json.loads(json.dumps(history.as_dict()))) == history


def test_seconds_add_up_and_the_last_epoch_is_the_latest() -> None:
    history = History((Epoch(1, 2.0, 0.1, None, 3.0), Epoch(2, 1.0, 0.5, 0.4, 4.0)))
    assert history.seconds == 7.0
    assert history.last.number == 2
