import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix as reference

from reference_models.visualise import confusion, confusion_matrix


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=60))
def test_counts_are_scikit_learns(pairs: list[tuple[int, int]]) -> None:
    wanted, answered = torch.tensor(pairs).unbind(1)
    expected = reference(wanted.numpy(), answered.numpy(), labels=range(5))
    np.testing.assert_array_equal(confusion_matrix(wanted, answered, 5), expected)


def test_rows_are_shares_of_the_true_class() -> None:
    figure = confusion(
        torch.tensor([0, 0, 0, 0, 1]), torch.tensor([0, 0, 0, 1, 1]), ["cat", "dog"], title="net"
    )
    plot = figure.axes[0]
    shown = np.asarray(plot.collections[0].get_array()).reshape(2, 2)
    np.testing.assert_allclose(shown, [[75, 25], [0, 100]])
    assert [text.get_text() for text in plot.texts] == ["75", "25", "", "100"]
    assert [tick.get_text() for tick in plot.get_yticklabels()] == ["cat", "dog"]
    assert "80.0% of 5 right" in figure.get_supxlabel()


def test_a_class_without_samples_is_a_row_of_zeros() -> None:
    plot = confusion(torch.tensor([0]), torch.tensor([0]), ["a", "b"], title="").axes[0]
    np.testing.assert_allclose(np.asarray(plot.collections[0].get_array()).ravel()[2:], 0)
