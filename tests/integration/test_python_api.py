"""The page about Python runs from top to bottom and prints what it says; its code has types."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import crack_edge as ce
from edge.evaluation.synthetic import draw_concrete
from edge.photo.codec import write_photo
from tests.drawn_dataset import write_class_folders
from tests.integration.conftest import TILE_PX

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/python.md"
# No extra of the package brings them.
OTHERS = ("pandas", "shapely", "supervision")
# The page trains on real pictures from ImageNet's weights; here it must be quick and offline.
QUICK: dict[str, dict[str, Any]] = {
    "train": {
        "weights": "none",
        "alpha": 0.35,
        "input_px": TILE_PX,
        "epochs": 1,
        "finetune_epochs": 0,
        "context_epochs": 0,
    },
    "convert": {"calibration": 32},
}


@dataclass(frozen=True)
class Cell:
    """A cell of the page: its code, and what it prints; None where the page does not say."""

    code: str
    output: str | None

    @property
    def needs(self) -> str | None:
        return next((name for name in OTHERS if f"import {name}" in self.code), None)


@dataclass(frozen=True)
class Page:
    """The page after it ran: its folder, what its names stand for, and what its cells printed."""

    folder: Path
    names: dict[str, Any]
    printed: list[str]


CELLS = [
    Cell(code, output or None)
    for code, output in re.findall(
        r"```python\n(.*?)```(?:\n\n```\n(.*?)```)?", PAGE.read_text(encoding="utf-8"), re.DOTALL
    )
]


def run_cell(cell: Cell, names: dict[str, Any]) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(cell.code, str(PAGE), "exec"), names)
    return out.getvalue()


def mask(text: str | None) -> str:
    """Leave out digits: another OpenCV or processor may draw or score a little differently."""
    return re.sub(r"\d+", "0", text or "")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Run the page from top to bottom, but for the cells that need what no extra brings."""
    folder = tmp_path_factory.mktemp("page")
    write_photo(folder / "photos/wall.jpg", draw_concrete((1280, 960), seed=1).photo)
    sound = draw_concrete((1024, 768), seed=12, cracks=0, joints=0)
    write_photo(folder / "photos/sound.jpg", sound.photo)
    (folder / "photos/broken.jpg").write_bytes((folder / "photos/wall.jpg").read_bytes()[:20])
    write_class_folders(folder / "data", count=30, size_px=TILE_PX, seed=2)
    page = Page(folder, {"__name__": "page"}, [])
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("MPLBACKEND", "agg")
        for name, arguments in QUICK.items():
            patch.setattr(ce, name, partial(getattr(ce, name), **arguments))
        page.printed.extend(run_cell(cell, page.names) for cell in CELLS if not cell.needs)
        yield page


def test_the_page_prints_what_it_says(page: Page) -> None:
    cells = [cell for cell in CELLS if not cell.needs]
    assert len(cells) >= 8
    for cell, printed in zip(cells, page.printed, strict=True):
        assert mask(printed) == mask(cell.output)


def test_the_page_draws_a_plot(page: Page) -> None:
    plot = ce.read_photo(page.folder / "wall-heat.png")
    assert len(set(map(tuple, plot.reshape(-1, 3)))) > 1000


@pytest.mark.parametrize("package", OTHERS)
def test_results_go_to_other_packages(page: Page, package: str) -> None:
    pytest.importorskip(package, reason=f"shows results handed to {package}: pip install {package}")
    (cell,) = (cell for cell in CELLS if cell.needs == package)
    names = dict(page.names)
    run_cell(cell, names)
    findings = names["wall"].findings
    assert len(findings) == 2
    if package == "pandas":
        assert names["table"]["length_mm"].tolist() == [one.length_mm for one in findings]
        assert names["table"]["photo"].tolist() == ["wall.jpg", "wall.jpg"]
    elif package == "shapely":
        assert [shape.area for shape in names["shapes"]] == [one.area_px for one in findings]
        assert [shape.bounds for shape in names["shapes"]] == [one.xyxy for one in findings]
        assert all(shape.is_valid for shape in names["shapes"])
    else:
        assert names["detections"].xyxy.tolist() == [list(one.xyxy) for one in findings]
        assert names["detections"].confidence.tolist() == [one.score for one in findings]


def test_a_training_can_be_evaluated(page: Page) -> None:
    training, conversion = page.names["training"], page.names["conversion"]
    evaluation = ce.evaluate(training.folder, "runs/first/manifest.csv", split="test")
    assert evaluation.metrics == training.metrics
    assert evaluation.per_source == training.per_source
    assert training.card.name == "first"
    assert all(file.path.stat().st_size == file.size_bytes for file in conversion.files)
    assert conversion.certificate.is_file()
    assert training.report.is_file()
    assert conversion.parent.n == evaluation.metrics.n


def test_mypy_knows_the_types_of_the_page(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    code = "\n".join(cell.code for cell in CELLS if not cell.needs)
    wrong = "ce.scan_photos('a.jpg')\nce.scan_photo('a.jpg').verdikt\n"
    (tmp_path / "page.py").write_text(code)
    (tmp_path / "wrong.py").write_text(f"import crack_edge as ce\n\n{wrong}")
    # As from an installation: there the marker py.typed decides whether types are read.
    venv.create(tmp_path / "env", symlinks=True)
    site = Path(sysconfig.get_path("purelib", "venv", vars={"base": str(tmp_path / "env")}))
    (site / "checkout.pth").write_text(f"{ROOT}\n{sysconfig.get_path('purelib')}\n")
    (python,) = (tmp_path / "env").glob("*/python")
    found = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--config-file="),
            *("--python-executable", python, "page.py", "wrong.py"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    complaints = found.stdout.splitlines()
    assert [line.partition(": ")[0] for line in complaints[:-1]] == ["wrong.py:3", "wrong.py:4"]
