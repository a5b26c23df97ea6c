"""Training: recipes as data, one engine for one model or a stack of them, resume after a kill."""

from reference_models.training.fit import fit, fit_stack
from reference_models.training.history import Epoch, History
from reference_models.training.learners import Member
from reference_models.training.predict import predict
from reference_models.training.recipes import Recipe

__all__ = ["Epoch", "History", "Member", "Recipe", "fit", "fit_stack", "predict"]
