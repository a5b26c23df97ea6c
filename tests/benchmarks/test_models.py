import pytest

from benchmarks.models import may_be_model
from reference_models import ModelCard, model_cards

IDS = [card.id for card in model_cards()]


def test_reference_model_goes_through_the_catalogue_and_shows_its_ids(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        """
        def test_card(reference_model):
            assert reference_model.build() is not None
        """
    )
    result = pytester.runpytest_inprocess("-v")
    result.assert_outcomes(passed=len(IDS))
    result.stdout.fnmatch_lines_random([f"*test_card?{each}? PASSED*" for each in IDS])


def test_every_model_has_a_fixture_of_its_name(pytester: pytest.Pytester) -> None:
    tests = "".join(
        f"def test_{card.fixture}({card.fixture}): assert {card.fixture}.id == {card.id!r}\n"
        for card in model_cards()
    )
    pytester.makepyfile(tests)
    pytester.runpytest_inprocess().assert_outcomes(passed=len(IDS))


def test_a_model_s_fixture_may_be_used_by_another_fixture(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture
        def network(dat565_lenet):
            return dat565_lenet.build(seed=1)

        def test_network(network):
            assert network.training
        """
    )
    pytester.runpytest_inprocess().assert_outcomes(passed=1)


@pytest.mark.parametrize("name", ["tmp_path", "benchmark", "dat565", "dat999_lenet", "_x", ""])
def test_an_ordinary_fixture_is_not_taken_for_a_model(name: str) -> None:
    assert not may_be_model(name)


@pytest.mark.parametrize("card", model_cards(), ids=lambda card: card.id)
def test_every_models_fixture_is_recognised_without_importing_it(card: ModelCard) -> None:
    assert may_be_model(card.fixture)
