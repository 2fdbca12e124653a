"""The benchmark runs from end to end, and says what it promised to say. Its figures are not looked at."""

import json
import subprocess
import sys
from math import isfinite
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

ROOT = Path(__file__).parents[2]
FIGURES = {"ours", "comparator", "ratio_median", "ratio_min", "ratio_max", "rounds", "unit"}
ROWS = {
    *("catalog", "catalog.cold", "detail", "search.zh", "search.en", "history", "execution"),
    *("order", "order.round_trips", "start", "start.memory"),
    *("live.memory", "live.fanout", "live.latency_p50", "live.latency_p99", "leads.latency_p50", "leads.latency_p99"),
}


@pytest.mark.timeout(600)
def test_a_quick_run_measures_every_row(home: Path, tmp_path: Path) -> None:
    out, plot = tmp_path / "bench.json", tmp_path / "bench.svg"
    run = subprocess.run(
        [sys.executable, "-P", "-m", "bench", "all", "--quick", "--home", home, "--json", out, "--plot", plot],
        capture_output=True,
        text=True,
        timeout=570,
        check=False,
        cwd=ROOT,
    )
    assert run.returncode == 0, run.stderr
    rows = json.loads(out.read_text(encoding="utf-8"))
    assert set(rows) >= ROWS
    for name, row in rows.items():
        assert set(row) == FIGURES, name
        assert row["rounds"] >= 1, name
        assert isinstance(row["unit"], str), name
        assert row["unit"], name
        numbers = [row[figure] for figure in FIGURES - {"unit", "rounds"}]
        assert all(isfinite(number) and number > 0 for number in numbers), name
        assert row["ratio_min"] <= row["ratio_median"] <= row["ratio_max"], name
        assert name in run.stdout
    assert ET.parse(plot).getroot().tag.endswith("svg")


def test_a_part_that_is_none_is_named(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-P", "-m", "bench", "everything"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert run.returncode == 2
    assert "'catalog'" in run.stderr
