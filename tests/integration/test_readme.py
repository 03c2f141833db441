"""The README's commands run as they stand there, and its tables are those of the results."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from benchmarks.project.documents import README, RESULTS, fill_tables
from edge.evaluation.synthetic import draw_concrete
from edge.photo.codec import write_photo
from tests.drawn_dataset import write_class_folders
from tests.integration.conftest import TILE_PX, crack_edge

# The README trains on real pictures from ImageNet's weights; here it must be quick and offline.
_QUICK_TRAINING = (
    *("--weights", "none", "--alpha", "0.35", "--input-px", str(TILE_PX)),
    *("--epochs", "1", "--finetune-epochs", "0"),
)
# A model after one epoch is no good; what counts is that the commands fit together.
_NO_GATES = ("--min-agreement", "0", "--max-recall-drop", "1")
_FEW_RUNS = ("--max-seconds", "1", "--threads", "1", "--skip", "stages", "--skip", "throughput")
_EXTRA = {
    "train": _QUICK_TRAINING,
    "convert": _NO_GATES,
    "benchmark": _FEW_RUNS,
}


def test_the_commands_of_the_readme_run_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_class_folders(Path("data"), count=30, size_px=TILE_PX, seed=2)
    write_photo(Path("photos/wall.jpg"), draw_concrete((300, 200), seed=1).photo)
    Path("positions.csv").write_text("photo,latitude,longitude\nwall.jpg,47.5,8.25\n")
    blocks = re.findall(r"<!-- run -->\n```sh\n(.*?)```", README.read_text(), re.DOTALL)
    lines = [line for block in blocks for line in block.strip().splitlines()]
    assert len(lines) >= 7
    for line in lines:
        program, command, *words = line.split()
        assert program == "crack-edge"
        extra = _NO_GATES if "--against" in words else _EXTRA.get(command, ())
        run = crack_edge(command, *words, *extra)
        assert run.code == 0, f"{line}: {run.err}"


def test_the_python_of_the_readme_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_photo(Path("photos/wall.jpg"), draw_concrete((1024, 768), seed=1).photo)
    (block,) = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    exec(compile(block, str(README), "exec"), {})
    assert re.search(r"0\.\d+ \(\d+, \d+, \d+, \d+\)", capsys.readouterr().out)


def test_the_tables_of_the_readme_are_those_of_the_results() -> None:
    text = README.read_text()
    assert fill_tables(text, RESULTS) == text


def test_a_changed_result_changes_the_table(tmp_path: Path) -> None:
    shutil.copytree(RESULTS, tmp_path / "results")
    path = tmp_path / "results" / "scan-speed.json"
    path.write_text(path.read_text().replace('"median": ', '"median": 9'))
    text = README.read_text()
    assert fill_tables(text, tmp_path / "results") != text
