"""JHU 600.482/682 Deep Learning, homework 4: two pentagons, small CNNs and autoencoders."""

from reference_models.cards import Assignment
from reference_models.jhu482 import autoencoders, convolutional, pentagons
from reference_models.jhu482.autoencoders import Autoencoder, Probe
from reference_models.jhu482.convolutional import SmallCNN
from reference_models.jhu482.pentagons import SigmoidNetwork, ThresholdNetwork

__all__ = ["ASSIGNMENT", "Autoencoder", "Probe", "SigmoidNetwork", "SmallCNN", "ThresholdNetwork"]

ASSIGNMENT = Assignment(
    id="jhu482",
    title="Homework 4: perceptrons, CNNs and autoencoders",
    course="JHU 600.482/682 Deep Learning",
    models=(*pentagons.MODELS, *convolutional.MODELS, *autoencoders.MODELS),
    experiments=(
        *pentagons.EXPERIMENTS,
        *convolutional.EXPERIMENTS,
        *autoencoders.EXPERIMENTS,
    ),
)
