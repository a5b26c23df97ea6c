"""Gradebench's pytest plugin: options, fixtures, and what pytest-benchmark's JSON gains.

It is loaded into every pytest run of the environment, so importing it costs next to nothing (torch
waits inside the functions), its options carry a long prefix, and its hooks leave alone whatever did
not ask for its fixtures, but for one: a benchmark that Ctrl-C broke off costs nobody the JSON.

Fixtures: `reference_model` (every model card in turn), `judged_model` and `trained_model` (those
that give answers, or are trained), one of each model's own name
(`dat565_dense_64_64`), `workbench` (data, budget, seed) and `figures` (the benchmark's record).
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks import device, models
from benchmarks.options import OPTIONS

if TYPE_CHECKING:
    from benchmarks.figures import Figures
    from benchmarks.workbench import Workbench
    from reference_models import ModelCard

_SPREADS = ("reference_model", "judged_model", "trained_model")
"""Fixtures that are a model card, and that a test has once for each of many."""

_FIGURES = pytest.StashKey["Figures"]()
_RECORDS = pytest.StashKey["list[Figures]"]()
_WORKBENCH = pytest.StashKey["Workbench"]()
_KEEPS_MEMORY = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options' long spellings."""
    group = parser.getgroup("gradebench", "Gradebench")
    for option in OPTIONS:
        option.add_to(group, prefix="gradebench-")


def pytest_configure(config: pytest.Config) -> None:
    """Start the session's list of records, and make `cpu_and_cuda()`'s mark a known one."""
    config.stash[_RECORDS] = []
    config.addinivalue_line("markers", f"cuda: needs a CUDA device; see {device.__name__}")


@pytest.fixture(scope="session")
def workbench(pytestconfig: pytest.Config) -> Workbench:
    """The session's data sets and trials, as the command line asks."""
    return _workbench(pytestconfig)


@pytest.fixture
def reference_model(request: pytest.FixtureRequest) -> ModelCard:
    """The card of every model of the catalogue, one test each."""
    return _card(request)


@pytest.fixture
def judged_model(request: pytest.FixtureRequest) -> ModelCard:
    """The card of every model that gives answers which can be judged, one test each."""
    return _card(request)


@pytest.fixture
def trained_model(request: pytest.FixtureRequest) -> ModelCard:
    """The card of every model that is trained, one test each."""
    return _card(request)


@pytest.fixture
def figures(benchmark: Any, request: pytest.FixtureRequest) -> Figures:
    """The record that this test's benchmark carries into the JSON as `extra_info`."""
    from benchmarks.figures import Figures

    record = Figures(benchmark.extra_info)
    request.node.stash[_FIGURES] = record
    request.config.stash[_RECORDS].append(record)
    return record


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Spread `reference_model` over the catalogue, and provide the fixtures of single models."""
    for fixture in _SPREADS:
        if fixture in metafunc.fixturenames:
            # strings: the JSON cannot hold cards
            metafunc.parametrize(fixture, _ids_for(fixture), indirect=True)
    if any(models.may_be_model(name) for name in metafunc.fixturenames):
        models.provide(metafunc.config.pluginmanager)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the cases of devices that `--device` did not ask for."""
    wanted = config.getoption("gradebench_device")
    if wanted == "auto":
        return
    left_out = [item for item in items if device.device_of(item) not in (wanted, None)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if device.device_of(item) in (wanted, None)]


def pytest_collection_finish(session: pytest.Session) -> None:
    """End the run in one line, before anything is measured, where what it needs is missing."""
    config = session.config
    if config.getoption("collectonly") or hasattr(config, "workerinput"):
        return  # a worker of xdist cannot end the run; its tests fail with the same reason
    if config.getoption("gradebench_device") == "cuda":
        from benchmarks.requirements import require_cuda

        require_cuda(session.items)
    if config.getoption("gradebench_data") == "real":
        from benchmarks.requirements import require_data

        require_data(_workbench(config), session.items)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail a CUDA case without CUDA where the environment requires CUDA."""
    if device.device_of(item) == "cuda":
        device.fail_where_required()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Write into a benchmark's record whether its assertions held, which pytest-benchmark omits."""
    report = yield
    record = item.stash.get(_FIGURES, None)
    if record is not None and (call.when == "call" or not report.passed):
        record.conclude("passed" if report.passed else "failed")
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)  # before pytest-benchmark writes the JSON
def pytest_sessionfinish(session: pytest.Session) -> Generator[None]:
    """Leave out a benchmark that Ctrl-C broke off before its first round was over.

    pytest-benchmark looks for the fastest of no rounds, and loses the JSON of all that were.
    """
    measured = getattr(session.config, "_benchmarksession", None)
    if measured is not None:
        measured.benchmarks = [
            each for each in measured.benchmarks if each.has_error or each.stats.data
        ]
    yield


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_machine_info(
    config: pytest.Config, machine_info: dict[str, Any]
) -> None:
    """Add what decides a deep-learning figure and pytest-benchmark does not know.

    `--benchmark-compare` asks before any test has run, when only the project can tell whose run it
    is, and warns of a machine that changed if the answer differs from the saved one.
    """
    this_project = config.pluginmanager.has_plugin("benchmarks.short_options")
    if this_project or config.stash[_RECORDS]:
        from benchmarks.machine import machine_info as ours

        machine_info.update(ours(), keeps_memory=_settle_memory(config))


@pytest.hookimpl(trylast=True)  # below pytest-benchmark's wide table, where it is still on screen
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print what the run found out, one line a model and device."""
    records = config.stash[_RECORDS]
    if records:
        from benchmarks.machine import machine_info
        from benchmarks.summary import summary_lines

        machine = machine_info()
        where = f"{machine['cpu_model']}, {machine['threads']} torch threads"
        terminalreporter.section(f"reference models on {where}", sep="-")
        for line in summary_lines(record.as_dict() for record in records):
            terminalreporter.write_line(line)


def _ids_for(fixture: str) -> list[str]:
    from reference_models import model_cards

    wanted: Callable[[ModelCard], bool] = {
        "reference_model": lambda _: True,
        "judged_model": lambda card: card.answers,
        "trained_model": lambda card: card.is_trained,
    }[fixture]
    return [card.id for card in model_cards() if wanted(card)]


def _card(request: pytest.FixtureRequest) -> ModelCard:
    from reference_models import find_model

    return find_model(request.param)


def _settle_memory(config: pytest.Config) -> bool:
    """Ask for memory that stays, once, and say whether the system could."""
    if _KEEPS_MEMORY not in config.stash:
        from benchmarks.measure import settle_memory

        config.stash[_KEEPS_MEMORY] = settle_memory()
    return config.stash[_KEEPS_MEMORY]


def _workbench(config: pytest.Config) -> Workbench:
    if _WORKBENCH not in config.stash:
        from benchmarks.settings import Settings
        from benchmarks.workbench import Workbench

        _settle_memory(config)
        config.stash[_WORKBENCH] = Workbench(Settings.of(config))
    return config.stash[_WORKBENCH]
