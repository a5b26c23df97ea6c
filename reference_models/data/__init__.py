"""Every data set as uint8 tensors in memory, from a named source."""

from reference_models.data.datasets import Dataset, Source, Split
from reference_models.data.load import load_dataset, real_datasets
from reference_models.data.roots import cache_root, data_root
from reference_models.data.scaling import InputScale, scale_pixels
from reference_models.data.stratified import Stratified
from reference_models.data.views import WHOLE, DataView, View

__all__ = [
    "WHOLE",
    "DataView",
    "Dataset",
    "InputScale",
    "Source",
    "Split",
    "Stratified",
    "View",
    "cache_root",
    "data_root",
    "load_dataset",
    "real_datasets",
    "scale_pixels",
]
