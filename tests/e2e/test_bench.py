"""`make bench` measures everything that it promises; the counts are tiny, so the figures mean nothing here."""

import json
import subprocess
import sys
from pathlib import Path

from tests.e2e.processes import ROOT

PROMISED = {
    "mls.send.suite-1",
    "mls.receive.default",
    "mls.commit.2.default",
    "mls.commit.2.default.size",
    "mls.join.2.suite-1",
    "node.round-trip.p50",
    "node.round-trip.p99",
    "node.pipelined",
    "node.group.2",
    "node.memory",
    "node.up",
    "cli.help",
    "cli.send",
}


def test_every_figure_is_measured_and_written(tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    command = (sys.executable, "-m", "bench", "--tiny", "--out", str(out))
    ran = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=240, check=False)
    assert ran.returncode == 0, ran.stderr
    rows = json.loads(out.read_text(encoding="utf-8"))
    assert {row["name"] for row in rows} >= PROMISED
    for row in rows:
        assert set(row) == {"name", "value", "unit", "floor", "ratio", "target", "met"}
        assert row["value"] > 0
        assert row["name"] in ran.stdout


def test_a_figure_that_is_not_there_is_refused() -> None:
    command = (sys.executable, "-m", "bench", "--only", "nothing")
    assert subprocess.run(command, capture_output=True, cwd=ROOT, check=False).returncode == 2
