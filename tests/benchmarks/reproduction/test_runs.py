import json
from collections.abc import Callable
from dataclasses import replace

from benchmarks.reproduction import Conditions, Reproduction, Run
from reference_models import find_experiment

MakeRun = Callable[..., Run]
MakeResult = Callable[..., Reproduction]


def test_a_reproduction_survives_json(make_run: MakeRun, make_result: MakeResult) -> None:
    result = make_result(make_run("a", 1, 0.1, macro_f1=0.5))
    assert Reproduction.from_dict(json.loads(json.dumps(result.as_dict()))) == result


def test_only_the_papers_budget_on_real_data_may_be_compared(make_result: MakeResult) -> None:
    result = make_result()
    assert result.may_be_compared
    for change in ({"data": "embedded"}, {"budget": "quick"}):
        other = replace(result, conditions=replace(result.conditions, **change))
        assert not other.may_be_compared


def test_the_conditions_are_those_of_this_machine() -> None:
    import torch

    here = Conditions.here(find_experiment("dat565/dense-curves"), "quick", "embedded", "cpu")
    assert here.experiment == "dat565/dense-curves"
    assert here.torch == torch.__version__
    assert here.threads == torch.get_num_threads()
