"""The picture room: what the reports show, as matplotlib figures without global state."""

from reference_models.visualise.activations import activation_statistics, activations
from reference_models.visualise.canvas import save
from reference_models.visualise.confusion import confusion, confusion_matrix
from reference_models.visualise.curves import curves
from reference_models.visualise.deconvnet import deconvnet, project, unpool
from reference_models.visualise.distributions import distributions
from reference_models.visualise.errors import PictureError
from reference_models.visualise.evolution import evolution
from reference_models.visualise.features import features
from reference_models.visualise.filters import filters
from reference_models.visualise.invariance import invariance
from reference_models.visualise.kernels import kernels
from reference_models.visualise.occlusion import occlusion
from reference_models.visualise.pictures import find_picture, picture_names, pictures_of
from reference_models.visualise.reconstructions import reconstructions
from reference_models.visualise.regions import regions
from reference_models.visualise.scene import Scene, set_scene

__all__ = [
    "PictureError",
    "Scene",
    "activation_statistics",
    "activations",
    "confusion",
    "confusion_matrix",
    "curves",
    "deconvnet",
    "distributions",
    "evolution",
    "features",
    "filters",
    "find_picture",
    "invariance",
    "kernels",
    "occlusion",
    "picture_names",
    "pictures_of",
    "project",
    "reconstructions",
    "regions",
    "save",
    "set_scene",
    "unpool",
]
