"""Ground floor: what an assignment asks for - models, data, recipes and reported figures."""

from reference_models.cards import Arm, Assignment, Budget, Experiment, ModelCard, ReportedFigure
from reference_models.catalogue import (
    assignments,
    experiments,
    experiments_of,
    find_assignment,
    find_entry,
    find_experiment,
    find_model,
    model_cards,
)
from reference_models.errors import GradebenchError, UnknownIdError

__all__ = [
    "Arm",
    "Assignment",
    "Budget",
    "Experiment",
    "GradebenchError",
    "ModelCard",
    "ReportedFigure",
    "UnknownIdError",
    "assignments",
    "experiments",
    "experiments_of",
    "find_assignment",
    "find_entry",
    "find_experiment",
    "find_model",
    "model_cards",
]
