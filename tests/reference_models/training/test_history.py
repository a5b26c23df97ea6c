import json

from reference_models.training import Epoch, History, Step

_FIRST = Epoch(1, 2.0, 0.1, 3.0)
_SECOND = Epoch(2, 1.0, None, 4.0, test_loss=0.5)


def test_a_history_survives_json() -> None:
    history = History().with_epoch(_FIRST).with_epoch(_SECOND, (Step(0, 2.3, None),))
    assert History.from_dict(json.loads(json.dumps(history.as_dict()))) == history


def test_seconds_add_up_and_the_last_epoch_is_the_latest() -> None:
    history = History((_FIRST, _SECOND))
    assert history.seconds == 7.0
    assert history.last.number == 2
