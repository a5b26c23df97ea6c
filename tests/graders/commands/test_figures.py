from pathlib import Path

from click.testing import CliRunner

from graders.commands.figures import figures


def test_the_page_is_printed_or_written(tmp_path: Path) -> None:
    results, page = tmp_path / "none.json", tmp_path / "docs" / "page.md"
    printed = CliRunner().invoke(figures, ["dat565/lenet", "--results", str(results)])
    assert printed.exit_code == 0, printed.output
    assert "| test accuracy | 0.9556 | not measured |" in printed.output
    assert "dat565/weight-decay" not in printed.output
    arguments = ["dat565/lenet", "--results", str(results), "--out", str(page)]
    assert CliRunner().invoke(figures, arguments).output == ""
    assert page.read_text("utf-8") == printed.output
