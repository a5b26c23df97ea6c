"""What is worth how many points: TOML, checked field by field."""

from graders.rubric.criteria import (
    AccuracyCriterion,
    AnswersCriterion,
    ArchitectureCriterion,
    BaseCriterion,
    CasesCriterion,
    ClusteringAccuracyCriterion,
    Criterion,
    LayerKind,
    MeasuredCriterion,
    MemoryCriterion,
    MinJsCriterion,
    ParametersCriterion,
    ReconstructionLossCriterion,
    ThroughputCriterion,
    TrainingTimeCriterion,
    UccAccuracyCriterion,
    Visibility,
)
from graders.rubric.curve import Curve
from graders.rubric.reading import InvalidRubricError, Problem, bundled_rubric, load_rubric
from graders.rubric.rubric import Late, Rubric

__all__ = [
    "AccuracyCriterion",
    "AnswersCriterion",
    "ArchitectureCriterion",
    "BaseCriterion",
    "CasesCriterion",
    "ClusteringAccuracyCriterion",
    "Criterion",
    "Curve",
    "InvalidRubricError",
    "Late",
    "LayerKind",
    "MeasuredCriterion",
    "MemoryCriterion",
    "MinJsCriterion",
    "ParametersCriterion",
    "Problem",
    "ReconstructionLossCriterion",
    "Rubric",
    "ThroughputCriterion",
    "TrainingTimeCriterion",
    "UccAccuracyCriterion",
    "Visibility",
    "bundled_rubric",
    "load_rubric",
]
