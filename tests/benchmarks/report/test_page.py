"""The page, as text and in a real browser where there is one."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from benchmarks.report import figures_of, page
from benchmarks.schema import Results

from .conftest import MakeRun

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def test_it_loads_nothing_and_escapes_everything(make_run: MakeRun) -> None:
    run = make_run(
        {"model": "dat565/lenet", "accuracy": 0.9, "dataset": "<script>alert(1)</script>"}
    )
    text = page({"a&b": run}, figures_of({"a&b": run}), {"throughput": b"png"})
    assert "a&amp;b: Abacus 9000, 2 cores" in text
    assert "<script>alert" not in text
    assert "default-src 'none'" in text
    assert not re.search(r"(src|href)=\"(?!data:)", text)
    assert 'src="data:image/png;base64,cG5n"' in text


def test_failed_benchmarks_are_told_first(two_runs: dict[str, Results]) -> None:
    text = page(two_runs, figures_of(two_runs), {})
    assert "2 of 6 rows hold a benchmark that failed." in text


@pytest.fixture
def browser() -> str:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium here to open the page in")
    return found


def opened(browser: str, path: Path, script: str) -> tuple[str, str]:
    """The page after `script` has run at its end, and what the browser's console said."""
    path.write_text(path.read_text().replace("</body>", f"<script>{script}</script></body>"))
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0"]
    call = [browser, *options, f"--user-data-dir={path.parent / 'profile'}", "--dump-dom"]
    run = subprocess.run([*call, path.as_uri()], capture_output=True, text=True, check=True)
    return run.stdout, "\n".join(line for line in run.stderr.splitlines() if "CONSOLE" in line)


def test_rows_sort_and_filter_in_a_browser(
    browser: str, two_runs: dict[str, Results], tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    path.write_text(page(two_runs, figures_of(two_runs), {}))
    script = """
        const named = head => head.textContent.startsWith("accuracy");
        heads.find(named).firstElementChild.click();
        filter.value = "after dat565";
        filter.dispatchEvent(new Event("input"));
        document.title = [...document.querySelectorAll("tbody tr:not([hidden])")]
            .map(row => row.cells[1].textContent).join(" < ");
    """
    shown, said = opened(browser, path, script)
    assert said == ""
    assert "<title>dat565/dense-64-64 &lt; dat565/lenet</title>" in shown
    assert '<span id="count">2</span> of 6 rows' in shown
