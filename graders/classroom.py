"""Many submissions: in turns or side by side, and from where the last run stopped."""

import hashlib
import json
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

from graders.errors import SubmissionError, UnsupportedError
from graders.examination import Examination
from graders.grade import Grade
from graders.lateness import Lateness
from graders.store import Store


@dataclass(frozen=True)
class Graded:
    """A grade, whether it is one that an earlier run gave, and which grade stands now.

    The last is another one where this run could not judge what an earlier one did.
    """

    grade: Grade
    reused: bool
    standing: Grade | None = None


def grade_all(
    exam: Examination,
    sources: Sequence[Path],
    store: Store,
    *,
    jobs: int = 1,
    regrade: bool = False,
    lateness: Lateness | None = None,
) -> Generator[Graded]:
    """Grade every submission and yield each grade, as they finish, once it is on disk.

    A submission whose contents and conditions are those of a grade in `store` keeps that grade
    unless `regrade`. `jobs` submissions run at a time, each in a sandbox of its own: threads here
    do little but wait. Closing the iterator stops what runs and drops what has not started.
    `lateness` takes points from what came in late; it must know every source.
    """
    earlier = {} if regrade else store.grades_by_key()
    cancel = Event()
    named = [(source, store.name_of(source)) for source in sources]
    with ThreadPoolExecutor(max_workers=jobs, thread_name_prefix="grade") as pool:
        futures = [pool.submit(_grade_one, exam, *one, earlier, cancel, lateness) for one in named]
        try:
            for future in as_completed(futures):
                key, graded = future.result()
                yield replace(graded, standing=store.keep(graded.grade, key))
        finally:
            cancel.set()
            pool.shutdown(wait=True, cancel_futures=True)


def _grade_one(
    exam: Examination,
    source: Path,
    name: str,
    earlier: Mapping[tuple[str, str], Grade],
    cancel: Event,
    lateness: Lateness | None,
) -> tuple[str, Graded]:
    try:
        hours = lateness.hours(source) if lateness else 0.0
        with exam.open(source) as submission:
            key = _key(exam, submission.digest, hours)
            known = earlier.get((name, key))
            if known is not None and known.verdict != "ungraded":
                return key, Graded(known, reused=True)
            grade = exam.grade(submission, name, cancel)
            if lateness:
                grade = lateness.applied(grade, exam.rubric, hours)
            return key, Graded(grade, reused=False)
    except UnsupportedError as error:
        return "", Graded(exam.refuse(source, name, "ungraded", str(error)), reused=False)
    except SubmissionError as error:
        return "", Graded(exam.refuse(source, name, "failed", str(error)), reused=False)
    except Exception as error:  # noqa: BLE001 - one submission must not end a class's grading
        reason = f"the grader itself broke: {type(error).__name__}: {error}"
        return "", Graded(exam.refuse(source, name, "ungraded", reason), reused=False)


def _key(exam: Examination, digest: str, hours_late: float) -> str:
    """Return what a grade depends on, hashed: the contents, the conditions and the lateness."""
    late = [hours_late] if hours_late else []
    what = json.dumps([digest, exam.conditions.model_dump(), *late], sort_keys=True)
    return hashlib.sha256(what.encode()).hexdigest()
