import pytest
import torch
from torch import nn

from reference_models import ModelCard, model_cards
from reference_models.layers import layer_table
from reference_models.training import Classification


@pytest.mark.parametrize("card", model_cards(), ids=lambda card: card.id)
def test_a_layer_table_adds_up(card: ModelCard) -> None:
    rows = layer_table(card)
    assert sum(row.parameters for row in rows) == card.parameters
    if card.is_trained and isinstance(card.recipes["paper"].task, Classification):
        assert rows[-1].output_shape == (card.classes,)


def test_rows_come_in_the_order_in_which_layers_run() -> None:
    class Backwards(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.second = nn.Linear(3, 2)
            self.first = nn.Linear(4, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.second(self.first(x))

    template = model_cards()[0]
    card = ModelCard(
        id="x/backwards",
        title="",
        section="",
        module=Backwards,
        input_shape=(4,),
        classes=2,
        parameters=23,
        dataset="none",
        recipes=template.recipes,
    )
    assert [row.name for row in layer_table(card)] == ["first", "second"]
