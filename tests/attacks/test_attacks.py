"""Every attack came to its verdict, and looking from outside no harm was done."""

from dataclasses import replace
from pathlib import Path

import pytest

from .attack import Attack
from .conftest import Aftermath
from .table import ATTACKS
from .world import nursery_process


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_comes_to_nothing(aftermath: Aftermath, attack: Attack) -> None:
    if aftermath.level not in attack.levels:
        pytest.skip(f"harms nobody at the level {aftermath.level}")
    grade = aftermath.grades[attack.name]
    seen = (grade.verdict, grade.score, grade.reason, grade.printed[-3000:])
    assert grade.verdict == attack.verdict, seen
    assert attack.score in (None, grade.score), seen
    assert attack.reason in grade.reason, seen
    assert attack.tried in grade.printed, seen
    attack.harmless(aftermath.world, grade)


def test_the_world_is_unharmed(aftermath: Aftermath) -> None:
    aftermath.world.insist_it_is_unharmed()


def test_the_digits_that_were_looked_for_are_there(aftermath: Aftermath) -> None:
    assert Path(str(aftermath.world.told["digits"])).stat().st_size > 0


def test_no_secret_got_out(aftermath: Aftermath) -> None:
    told = "".join(grade.model_dump_json() for grade in aftermath.grades.values())
    assert not [token for token in aftermath.world.tokens if token in told]


def test_no_process_descriptor_mount_thread_or_folder_is_left(aftermath: Aftermath) -> None:
    before, after = aftermath.before, aftermath.after
    assert len(after.children - before.children) <= 1  # that is to be the next submission's
    assert replace(after, children=before.children) == before


def test_the_same_nursery_serves_all(aftermath: Aftermath) -> None:
    assert aftermath.world.told["nursery"] == aftermath.world.sandbox._nursery._program.pid


def test_the_nursery_has_one_thread_for_a_fork_keeps_no_other(aftermath: Aftermath) -> None:
    outer = nursery_process(aftermath.world.sandbox)
    assert [one.num_threads() for one in (outer, *outer.children(recursive=True))][-1] == 1
