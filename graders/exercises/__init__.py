"""Functions that students write, and that are judged by calling them with fresh arguments."""

from graders.exercises.clustering import CLUSTERING
from graders.exercises.convolution import CONVOLUTION
from graders.exercises.density import DENSITY
from graders.exercises.divergence import DIVERGENCE
from graders.exercises.exercise import Array, Case, Diagnosis, Exercise
from graders.exercises.threshold import THRESHOLD

__all__ = ["EXERCISES", "Array", "Case", "Diagnosis", "Exercise", "find_exercise"]

EXERCISES = (DENSITY, DIVERGENCE, CLUSTERING, THRESHOLD, CONVOLUTION)


def find_exercise(exercise_id: str) -> Exercise | None:
    """Return the exercise called `exercise_id`, if there is one."""
    return next((each for each in EXERCISES if each.id == exercise_id), None)
