"""BS6207, assignment 4: clustering by counting the unique classes in a bag of images (UCC).

The networks, bags and training are those of the paper's authors (Oner, Lee and Sung, ICLR 2020),
whose code the report ran. Its headline row is their checkpoint, not the report's own training.
"""

from reference_models.bs6207.bags import Bags
from reference_models.bs6207.cards import CARDS
from reference_models.bs6207.experiments import EXPERIMENTS
from reference_models.bs6207.models import KernelDensity, UniqueClassCount
from reference_models.cards import Assignment

__all__ = ["ASSIGNMENT", "Bags", "KernelDensity", "UniqueClassCount"]

ASSIGNMENT = Assignment(
    id="bs6207",
    title="Assignment 4: weakly supervised clustering by unique class count",
    course="BS6207",
    models=CARDS,
    experiments=EXPERIMENTS,
)
