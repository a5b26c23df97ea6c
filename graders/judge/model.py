"""A model as it was seen, held against its card and the test examples it was asked about."""

from collections.abc import Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import constant_answer_loss
from graders import evidence
from graders.apprenticeship import Apprenticeship
from graders.errors import RubricError
from graders.grade import Check
from graders.judge import words
from graders.judge.finding import Finding, judge_all
from graders.layers import layer_kinds, layers_difference
from graders.pace import Pace
from graders.questions import Questions
from graders.rubric import (
    AccuracyCriterion,
    AnswersCriterion,
    ArchitectureCriterion,
    CasesCriterion,
    Criterion,
    Curve,
    MeasuredCriterion,
    MemoryCriterion,
    ParametersCriterion,
    ReconstructionLossCriterion,
    Rubric,
    ThroughputCriterion,
    TrainingTimeCriterion,
)
from graders.sandbox import NamedArray, Observation
from reference_models import ModelCard
from reference_models.data import Dataset


class Judge:
    """One observation held against a model card and the test split it was asked about.

    `seen.answers` are in the order of `Questions.of(card, data)`, or None when there are none.
    `pace` is what a race against the reference came to, where one was run, `trained` what timed
    trainings came to, by the criterion that asks for them.
    """

    def __init__(
        self,
        card: ModelCard,
        data: Dataset,
        seen: Observation,
        pace: Pace | None = None,
        trained: Mapping[str, Apprenticeship] | None = None,
    ) -> None:
        self._card = card
        self._data = data
        self._seen = seen
        self._pace = pace
        self._trained = trained or {}

    def judge(self, rubric: Rubric) -> tuple[Check, ...]:
        """Judge every criterion in order; one whose needs are not met earns nothing."""
        return judge_all(rubric, self._finding)

    def _finding(self, criterion: Criterion) -> Finding:
        match criterion:
            case ParametersCriterion():
                finding = self._parameters(criterion)
            case MemoryCriterion():
                finding = self._memory(criterion)
            case ArchitectureCriterion():
                finding = self._architecture(criterion)
            case AnswersCriterion():
                finding = self._answers(criterion)
            case AccuracyCriterion():
                finding = self._accuracy(criterion)
            case ReconstructionLossCriterion():
                finding = self._reconstruction(criterion)
            case MeasuredCriterion():
                finding = self._measured(criterion)
            case ThroughputCriterion() | TrainingTimeCriterion():
                finding = self._timed(criterion)
            case CasesCriterion():
                raise RubricError(f"'{criterion.id}' is asked of functions, not of models")
        return finding

    @cached_property
    def _questions(self) -> Questions:
        return Questions.of(self._card, self._data)

    @cached_property
    def _shapes(self) -> evidence.Shapes:
        return evidence.compare_shapes(self._arrays, self._card.build())

    @property
    def _arrays(self) -> tuple[NamedArray, ...]:
        return self._seen.arrays or ()

    def _parameters(self, criterion: ParametersCriterion) -> Finding:
        expected, held = criterion.verdict(evidence.count_numbers(self._arrays))
        if self._seen.arrays is None:
            return Finding(0.0, expected, "not known", self._no_network)
        measured = f"{evidence.count_numbers(self._arrays):,}"
        return Finding(float(held), expected, measured, "" if held else words.COUNT)

    def _memory(self, criterion: MemoryCriterion) -> Finding:
        expected, held = criterion.verdict(evidence.count_bytes(self._arrays))
        if self._seen.arrays is None:
            return Finding(0.0, f"{expected} bytes", "not known", self._no_network)
        measured = f"{evidence.count_bytes(self._arrays):,} bytes"
        return Finding(float(held), f"{expected} bytes", measured, "" if held else words.MEMORY)

    def _architecture(self, criterion: ArchitectureCriterion) -> Finding:
        expected = words.layers_expected(criterion, self._card.title)
        if self._seen.arrays is None:
            return Finding(0.0, expected, "not known", self._no_network)
        kinds = layer_kinds(evidence.parameter_shapes(self._arrays))
        difference = layers_difference(criterion, kinds)
        if criterion.shapes and not self._shapes.match:
            difference = self._shapes.difference
        if not difference:
            return Finding(1.0, expected, "the same layers" if criterion.shapes else "these layers")
        advice = f"Compare your layers with the assignment's: {difference}."
        return Finding(0.0, expected, "different layers", advice)

    def _answers(self, criterion: AnswersCriterion) -> Finding:
        what = words.SAME_PIXELS if self._questions.reconstructs else words.SAME_CLASS
        examples = self._questions.examples
        expected = f"{what} on at least {criterion.at_least:.1%} of the {examples}"
        answers = self._seen.answers
        if self._seen.arrays is None or answers is None:
            return Finding(0.0, expected, *self._no_answers)
        if not self._shapes.match:
            return Finding(0.0, expected, "not comparable", words.NOT_COMPARABLE)
        share = self._agreement(answers, criterion.at_least)
        held = share >= criterion.at_least
        advice = "" if held else words.OTHER_ANSWERS
        return Finding(float(held), expected, f"the same on {share:.1%}", advice)

    def _agreement(self, answers: NDArray[np.float32], enough: float) -> float:
        """The share of questions that the reference answers alike, computed where that is news."""
        if self._seen.by_reference:
            return evidence.finite_share(answers)
        return evidence.agreement(self._arrays, answers, self._card, self._questions, enough)

    def _accuracy(self, criterion: AccuracyCriterion) -> Finding:
        curve = criterion.curve[self._data.source]
        expected = words.percent_expected(curve)
        if self._seen.answers is None:
            return Finding(0.0, expected, *self._no_answers)
        labels = self._questions.labels
        found = evidence.accuracy(self._seen.answers, labels, criterion.confidence)
        share = _share(curve, found.high, criterion.points)
        measured = f"{found.value:.1%} ({found.correct} of {found.total})"
        advice = "" if share >= 1 else self._accuracy_advice(found.value)
        return Finding(share, expected, measured, advice, (found.low, found.high))

    def _accuracy_advice(self, value: float) -> str:
        if value >= words.next_to_nothing(self._card.classes):
            return words.MORE_ACCURATE
        return words.GUESSED_ROWS if self._seen.arrays is None else words.GUESSED

    def _reconstruction(self, criterion: ReconstructionLossCriterion) -> Finding:
        curve = criterion.curve[self._data.source]
        expected = words.loss_expected(curve)
        if self._seen.answers is None:
            return Finding(0.0, expected, *self._no_answers)
        loss = evidence.reconstruction_loss(self._seen.answers, self._questions)
        if loss is None:
            return Finding(0.0, expected, "not a number", words.NOT_FINITE)
        share = _share(curve, loss, criterion.points)
        nothing = constant_answer_loss(self._data, self._questions.scale)
        advice = "" if share >= 1 else words.loss_advice(loss, nothing)
        return Finding(share, expected, f"{loss:.4f}", advice)

    def _measured(self, criterion: MeasuredCriterion) -> Finding:
        curve = criterion.curve[self._data.source]
        expected = words.figure_expected(criterion.metric, curve)
        if self._seen.arrays is None:
            return Finding(0.0, expected, "not known", self._no_network)
        if not self._shapes.match:
            return Finding(0.0, expected, "not comparable", words.NOT_COMPARABLE)
        value = evidence.measure_of(criterion.metric, self._arrays, self._card, self._data)
        if value is None:
            return Finding(0.0, expected, "not a number", words.NOT_FINITE)
        share = _share(curve, value, criterion.points)
        measured = words.figure(criterion.metric, value)
        return Finding(share, expected, measured, "" if share >= 1 else words.FEATURES)

    def _timed(self, criterion: ThroughputCriterion | TrainingTimeCriterion) -> Finding:
        if isinstance(criterion, ThroughputCriterion):
            return self._throughput(criterion)
        return self._training(criterion)

    def _throughput(self, criterion: ThroughputCriterion) -> Finding:
        expected = words.pace_expected(criterion.curve)
        if self._seen.arrays is None or self._seen.answers is None:
            return Finding(0.0, expected, *self._no_answers)
        if not self._shapes.match or self._pace is None:
            return Finding(0.0, expected, "not comparable", words.NOT_COMPARABLE)
        if self._pace.timing is None:
            return Finding(0.0, expected, *words.not_timed(self._pace.fault))
        timing = self._pace.timing
        if self._pace.objection:
            return Finding(0.0, expected, *words.PACE[self._pace.objection], timing=timing)
        share = _share(criterion.curve, timing.high, criterion.points)
        measured = words.pace(timing, self._questions.examples)
        advice = "" if share >= 1 else words.TOO_SLOW
        return Finding(share, expected, measured, advice, timing=timing)

    def _training(self, criterion: TrainingTimeCriterion) -> Finding:
        expected = words.training_expected(criterion)
        found = self._trained.get(criterion.id)
        if found is None:
            return Finding(0.0, expected, "not known", words.NO_TRAINING)
        if found.timing is None:
            return Finding(0.0, expected, *words.not_trained(found.fault))
        if found.overdrawn:
            return Finding(0.0, expected, *words.OVERDRAWN, timing=found.timing)
        measured = words.training(found.timing, found.accuracy, self._questions.examples)
        if found.accuracy < criterion.accuracy_at_least:
            return Finding(0.0, expected, measured, words.UNTAUGHT, timing=found.timing)
        share = _share(criterion.curve, found.timing.low, criterion.points)
        advice = "" if share >= 1 else words.TRAINS_SLOWLY
        return Finding(share, expected, measured, advice, timing=found.timing)

    @property
    def _no_network(self) -> str:
        """What to do where no network was seen."""
        return words.NO_NETWORK if self._seen.answers is None else words.ONLY_ANSWERS

    @property
    def _no_answers(self) -> tuple[str, str]:
        """What was measured and what to do where answers and parameters are not both there."""
        if self._seen.answers is not None:
            return "not known", self._no_network
        return "no answers", words.NO_NETWORK if self._seen.arrays is None else words.NO_ANSWERS


def _share(curve: Curve, value: float, points: float) -> float:
    """The share of the points that `value` earns; a criterion worth nothing is always met."""
    return curve(value) / points if points else 1.0
