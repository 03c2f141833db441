"""The commands of the docs run as they stand there, page by page."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from benchmarks.project.documents import DOCS
from edge.evaluation.synthetic import draw_concrete
from edge.photo.codec import write_photo
from tests.drawn_dataset import write_class_folders
from tests.integration.conftest import TILE_PX, crack_edge

# The docs train on real pictures from ImageNet's weights; here it must be quick and offline.
_QUICK_TRAINING = (
    *("--weights", "none", "--alpha", "0.35", "--input-px", str(TILE_PX)),
    *("--epochs", "1", "--finetune-epochs", "0"),
)
_FEW_RUNS = ("--max-seconds", "1", "--threads", "1", "--skip", "stages", "--skip", "throughput")
_EXTRA = {"train": _QUICK_TRAINING, "benchmark": _FEW_RUNS}
# What a page finds made by others, unless its own commands make it: in the order of the making.
_MADE_BEFORE = {
    "photos-scan": "scan photos",
    "runs/first": "train data --out runs/first",
    "models": "convert runs/first --out models",
}


def run_line(line: str) -> None:
    program, command, *words = line.partition("#")[0].split()
    assert program == "crack-edge"
    run = crack_edge(command, *words, *_EXTRA.get(command, ()))
    assert run.code == 0, f"{line}: {run.err}"


def lines_of(page: Path) -> list[str]:
    blocks = re.findall(r"<!-- run -->\n```sh\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.strip().splitlines()]


PAGES = [page for page in sorted(DOCS.glob("*.md")) if lines_of(page)]


@pytest.fixture(scope="module")
def users_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder in which a user has photos, labelled pictures, a scan and a model."""
    folder = tmp_path_factory.mktemp("user")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        write_class_folders(Path("data"), count=30, size_px=TILE_PX, seed=2)
        write_photo(Path("photos/wall.jpg"), draw_concrete((300, 200), seed=1).photo)
        Path("positions.csv").write_text("photo,latitude,longitude\nwall.jpg,47.5,8.25\n")
        for command in _MADE_BEFORE.values():
            run_line(f"crack-edge {command}")
    return folder


def test_most_pages_have_commands_to_run() -> None:
    assert len(PAGES) >= 6


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_commands_of_a_page_run_one_after_the_other(
    page: Path, users_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "user"
    shutil.copytree(users_folder, here)
    monkeypatch.chdir(here)
    lines = lines_of(page)
    for made, command in _MADE_BEFORE.items():
        if any(line.partition(" ")[2].startswith(command) for line in lines):
            shutil.rmtree(made)
    for line in lines:
        run_line(line)
