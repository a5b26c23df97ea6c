"""What students read of a model: what was expected, what was found, what to try."""

from graders.grade import Timing
from graders.names import one_line
from graders.rubric import ArchitectureCriterion, Curve, TrainingTimeCriterion
from graders.sandbox import Fault

NO_NETWORK = "First mend what stopped the submission: the reason above says what it was."
ONLY_ANSWERS = "Predictions alone show no network: send the network itself, or its weights."
NO_ANSWERS = "First make the network answer for all inputs; the reason above says what stopped it."
NOT_COMPARABLE = "This can only be checked for a network that has the assignment's layers."
NOT_FINITE = "Some of its numbers are not finite: lower the learning rate, and watch the loss."
COUNT = (
    "Check the width of every layer, and that none is missing or too many; "
    "sum(p.numel() for p in model.parameters()) counts them."
)
MEMORY = "Check the width of every layer and its number type: a float64 takes twice a float32."
SAME_CLASS = "the assignment's network, given your weights, picks the class that you picked"
SAME_PIXELS = "the assignment's network, given your weights, gives back the same picture"
OTHER_ANSWERS = (
    "The assignment's network, given your weights, answers differently. Check activations "
    "and the order of layers, and that forward() uses nothing but its layers."
)
GUESSED = (
    "This is close to guessing. Check that the weights were saved after training, and the scale of "
    'the images: submission.toml can say input_scale = "raw" (0 to 255) or "unit" (0 to 1).'
)
GUESSED_ROWS = (
    "This is close to guessing. Check that the rows stand in the order of the test images, "
    "unshuffled, and that the classes count from 0."
)
MORE_ACCURATE = (
    "Measure accuracy on your training images too. If it is as low, train longer or with another "
    "learning rate; if it is much higher, the network has learnt them by heart, or the scale of "
    "the images is another than in training: submission.toml can say input_scale."
)
FEATURES = (
    "Look at the features of each class: they come apart only once bags are counted well. "
    "Train longer, and watch the counting accuracy."
)
TOO_SLOW = (
    "Look at what forward() does for every image or batch: loops in Python, copies, layers that "
    "are made anew. Time it on a batch of a thousand images."
)
NO_TRAINING = "Send code with a function train(images, labels) that returns the trained nn.Module."
OVERDRAWN = (
    "its training time does not count: it computed with more threads than it may",
    "Leave torch.set_num_threads() alone, and start no threads or processes.",
)
UNTAUGHT = (
    "Time counts once every training is accurate enough. Train on the labels that you are given: "
    "the classes have other numbers each time."
)
TRAINS_SLOWLY = (
    "Look at the time of one epoch and at how many there are: larger batches, no loops over images "
    "in Python, and no epochs that bring nothing."
)
PACE = {
    "threads": (
        "its speed does not count: it computed with more threads than it may",
        "Leave torch.set_num_threads() alone, and start no threads or processes.",
    ),
    "turns": (
        "its speed does not count: it computed while it was not asked",
        "Do all work inside forward(), and leave nothing running behind it.",
    ),
    "impossible": (
        "its speed does not count: no machine like this one computes the network so fast",
        "Compute every answer from its own input, all of it.",
    ),
    "answers": (
        "its speed does not count: while it was timed, it answered something else",
        "Answer new inputs as the assignment's network with your weights does; remember nothing.",
    ),
}
"""What was measured, and what to do, by what speaks against a pace."""

_FIGURES = {
    "ucc_accuracy": "of the test bags counted right",
    "min_js": "bits between the two most alike classes",
    "clustering_accuracy": "of the images in their class's cluster",
}
_BITS = "min_js"


def percent_expected(curve: Curve) -> str:
    """A curve of shares, higher is better."""
    return f"{curve.full_at:.1%} for all points, more than {curve.none_at:.1%} for any"


def loss_expected(curve: Curve) -> str:
    """A curve of losses, lower is better."""
    return (
        f"a mean squared error of {curve.full_at:g} or less for all points, "
        f"less than {curve.none_at:g} for any"
    )


def pace_expected(curve: Curve) -> str:
    """A curve of ratios of throughput."""
    return (
        f"{curve.full_at:g} times the speed of the assignment's network, timed beside it, for all "
        f"points, more than {curve.none_at:g} times for any"
    )


def pace(timing: Timing, examples: str) -> str:
    """A ratio of throughputs, how sure it is, and what of that counts."""
    if not timing.rounds:
        return "the assignment's network itself, which is as fast as it is"
    return (
        f"{timing.ratio:.2f} times as fast, for sure {timing.low:.2f} to {timing.high:.2f} times "
        f"({timing.rounds} rounds of {timing.samples:,} {examples}); {timing.high:.2f} counts"
    )


def training_expected(criterion: TrainingTimeCriterion) -> str:
    """A curve of ratios of training times, and how good the model must be."""
    curve = criterion.curve
    return (
        f"trained in {curve.full_at:g} times the time of the assignment's recipe or less for all "
        f"points, less than {curve.none_at:g} times for any, to {criterion.accuracy_at_least:.1%} "
        "right every time"
    )


def training(timing: Timing, accuracy: float, examples: str) -> str:
    """A ratio of training times, how sure it is, and what of that counts."""
    return (
        f"{timing.ratio:.2f} times the time, for sure {timing.low:.2f} to {timing.high:.2f} times "
        f"({timing.rounds} trainings on {timing.samples:,} {examples}); {timing.low:.2f} counts; "
        f"at the worst {accuracy:.1%} right, doubt counted for you"
    )


def not_trained(fault: Fault | None) -> tuple[str, str]:
    """What was measured and what to do where a training did not end in answers."""
    reason = one_line(fault.reason) if fault else "it did not answer"
    return "it could not be trained", f"While it trained: {reason}."


def not_timed(fault: Fault | None) -> tuple[str, str]:
    """What was measured and what to do where a submission did not answer to the end of a race."""
    reason = one_line(fault.reason) if fault else "it did not answer"
    return "it could not be timed", f"While its speed was measured: {reason}."


def figure_expected(metric: str, curve: Curve) -> str:
    """A curve of one of a bag counter's figures."""
    full, none = figure(metric, curve.full_at), _number(metric, curve.none_at)
    return f"{full} for all points, more than {none} for any"


def figure(metric: str, value: float) -> str:
    """One of a bag counter's figures, with what it is."""
    return f"{_number(metric, value)} {_FIGURES[metric]}"


def layers_expected(criterion: ArchitectureCriterion, title: str) -> str:
    """What an architecture must have."""
    parts = [f"the layers of {title}"] if criterion.shapes else []
    if criterion.layers is not None:
        parts.append(f"layers with parameters: {', '.join(criterion.layers) or 'none'}")
    if criterion.allowed is not None:
        parts.append(f"only {', '.join(criterion.allowed) or 'layers without parameters'}")
    if criterion.forbidden:
        parts.append(f"no {', no '.join(criterion.forbidden)}")
    return "; ".join(parts)


def next_to_nothing(classes: int) -> float:
    """The accuracy up to which a classifier has learnt next to nothing.

    Twice what guessing gets right, but at most half of the way from there to everything.
    """
    guessing = 1 / classes
    return min(2 * guessing, (1 + guessing) / 2)


def loss_advice(loss: float, nothing: float) -> str:
    """What to try where a reconstruction is not near enough; `nothing` is the mean image's loss."""
    if loss >= nothing:
        return (
            f"The mean of all images would cost {nothing:.4f}. Check that the weights were saved "
            "after training, and that inputs and outputs are in the same scale."
        )
    return "Train longer or with another learning rate, and test it on images without noise."


def _number(metric: str, value: float) -> str:
    return f"{value:.3f}" if metric == _BITS else f"{value:.1%}"
