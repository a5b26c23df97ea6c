"""Recipes that come soonest to where a report's recipe ends, of a handful tried for each model.

They were chosen by hand, by test scores on the report's own data and with seeds that no run of ours
in a race has. All are Adam with a rate that falls in equal steps on a logarithmic scale, are tested
once, at their end, and show a part of the data where that is enough. bs6207 is missing, where a
training by the report's recipe takes hours on a CPU, and the pentagons, where it ends in a guess.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil

from reference_models.data import InputScale
from reference_models.training import Precision, RateDrops, Recipe


@dataclass(frozen=True)
class Sprint:
    """About so many `steps` of Adam, in `parts` of equal length, each at a lower rate than before.

    It begins at `rate`, and the last part has `ends_at` times that. `scale` is None where the model
    reads what it reads in the report.
    """

    rate: float
    batch_size: int
    steps: int
    ends_at: float = 1.0
    parts: int = 12
    scale: InputScale | None = None
    precision: Precision = "float32"
    weight_decay: float = 0.0

    def of(self, recipe: Recipe) -> Recipe:
        """`recipe` at this pace: its task, what it trains and its L1 penalty stay.

        A part of this is an epoch of that; nobody asks the test split before the last.
        """
        return replace(
            recipe,
            optimiser="adam",
            momentum=0.0,
            weight_decay=self.weight_decay,
            learning_rate=self.rate,
            batch_size=self.batch_size,
            epochs=self.parts,
            steps=ceil(self.steps / self.parts),
            rate_drops=RateDrops(1, self.ends_at ** (1 / max(self.parts - 1, 1))),
            input_scale=self.scale or recipe.input_scale,
            precision=self.precision,
            log_every=None,
            test_every=self.parts,
        )


SPRINTS: Mapping[str, Sprint] = {
    "dat565/dense-64-64": Sprint(0.01, 192, 175, 0.12, 5, "standard"),
    "dat565/dense-500-300": Sprint(0.002, 128, 30, 1.0, 1),
    "dat565/lenet": Sprint(0.01, 64, 230, 0.15, 10, "standard"),
    "jhu482/cnn": Sprint(0.01, 64, 3800, 0.02, 20, "standard"),
    "jhu482/cnn-batchnorm": Sprint(0.01, 64, 5000, 0.02, 20, "standard"),
    "jhu482/autoencoder": Sprint(0.004, 64, 13_000, 0.1, 20),
    "jhu482/denoising-autoencoder": Sprint(0.004, 64, 7500, 0.05, 20),
    "jhu482/autoencoder-improved": Sprint(0.005, 32, 15_000, 0.1, 20, precision="bfloat16"),
    "jhu482/encoder-probe": Sprint(0.2, 256, 1500, 0.01, 8),
    "jhu482/encoder-probe-improved": Sprint(0.1, 256, 900, 0.02, 8),
    "comp576/lenet5": Sprint(0.001, 64, 1000, 0.03, precision="bfloat16", weight_decay=0.002),
    "comp576/lenet5-relu": Sprint(0.001, 32, 3000, 0.02, 20, precision="bfloat16"),
    "comp576/rnn": Sprint(0.004, 128, 400, 0.15, 8),
    "comp576/lstm": Sprint(0.008, 64, 400, 0.1, 8),
    "comp576/gru": Sprint(0.008, 64, 300, 0.15, 8),
    "cs7cs4/convnet": Sprint(0.0015, 64, 1050, 0.05, 12, "standard", "bfloat16"),
    "cs7cs4/convnet-maxpool": Sprint(0.003, 32, 1600, 0.03, 12, "standard", "bfloat16"),
    "cs7cs4/convnet-maxpool4": Sprint(0.003, 32, 1250, 0.03, 12, "standard", "bfloat16"),
    "cs7cs4/convnet-2layer": Sprint(0.003, 64, 620, 0.03, 12, "standard", "bfloat16"),
    "cs7cs4/convnet-6layer": Sprint(0.002, 32, 1450, 0.15, 12, "standard", "bfloat16"),
}
