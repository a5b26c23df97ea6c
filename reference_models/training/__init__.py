"""Training: recipes as data, one engine for one model or a stack of them, resume after a kill."""

from reference_models.training.evaluation import Scores, evaluate
from reference_models.training.fit import fit, fit_stack
from reference_models.training.frozen import frozen_layers
from reference_models.training.history import Epoch, History, Step
from reference_models.training.learners import Member
from reference_models.training.predict import predict
from reference_models.training.recipes import L1, Precision, RateDrops, Recipe
from reference_models.training.tasks import (
    Classification,
    Decision,
    Reconstruction,
    Task,
)

__all__ = [
    "L1",
    "Classification",
    "Decision",
    "Epoch",
    "History",
    "Member",
    "Precision",
    "RateDrops",
    "Recipe",
    "Reconstruction",
    "Scores",
    "Step",
    "Task",
    "evaluate",
    "fit",
    "fit_stack",
    "frozen_layers",
    "predict",
]
