"""The slicers of other projects around a fake model; each needs its package (extra bench)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from benchmarks.project.peers import INSTALL, PEERS, PhotoScan, TileModel, open_peers, peer_versions
from edge.model.classifier import Classifier
from edge.photo.codec import write_photo
from tests.unit.fakes import FakeBackend, draw_wall

ROOT = Path(__file__).resolve().parents[4]
WALL_WH = 512, 384


def open_model() -> TileModel:
    """Open a fake: window and tile 64 px, dark is cracked."""
    return TileModel(FakeBackend(), threads=2)


@pytest.fixture(params=list(PEERS))
def peer(request: pytest.FixtureRequest) -> PhotoScan:
    module, open_peer = PEERS[request.param]
    pytest.importorskip(module, reason="the extra bench is not installed")
    return open_peer(open_model())


@pytest.fixture
def write_wall(tmp_path: Path) -> Callable[..., Path]:
    def write(*dark_xyxy: tuple[int, int, int, int]) -> Path:
        path = tmp_path / "wall.jpg"
        write_photo(path, draw_wall(WALL_WH, *dark_xyxy))
        return path

    return write


def test_a_peer_finds_a_dark_tile(
    peer: PhotoScan, write_wall: Callable[..., Path], tmp_path: Path
) -> None:
    assert peer(write_wall((64, 64, 128, 128)), tmp_path) >= 1


def test_a_peer_finds_nothing_on_a_bright_wall(
    peer: PhotoScan, write_wall: Callable[..., Path], tmp_path: Path
) -> None:
    assert peer(write_wall(), tmp_path) == 0


def test_a_peer_writes_one_picture(
    peer: PhotoScan, write_wall: Callable[..., Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    peer(write_wall((64, 64, 128, 128)), out)
    assert len(list(out.iterdir())) == 1


def test_a_peer_finds_the_same_without_writing(
    peer: PhotoScan, write_wall: Callable[..., Path], tmp_path: Path
) -> None:
    wall = write_wall((64, 64, 128, 128), (320, 128, 400, 260))
    out = tmp_path / "out"
    out.mkdir()
    assert peer(wall, None) == peer(wall, out) > 1


def test_a_tile_model_scores_as_the_classifier_does() -> None:
    tiles = np.random.default_rng(0).integers(0, 256, (9, 64, 64, 3), dtype=np.uint8)
    expected = Classifier(FakeBackend()).scores(tiles)
    assert open_model().scores(list(tiles)) == pytest.approx(expected.tolist())


def test_more_threads_than_interpreters_may_call_a_tile_model() -> None:
    model = open_model()
    tiles = np.random.default_rng(0).integers(0, 256, (40, 64, 64, 3), dtype=np.uint8)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(model.score, tiles)) == model.scores(list(tiles))


def test_peers_are_compared_where_they_are_installed() -> None:
    assert set(open_peers(open_model())) == set(peer_versions())


def test_the_hint_names_what_make_installs() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (sahi,) = (line for line in makefile.splitlines() if line.startswith("SAHI := "))
    assert f"--no-deps '{sahi.removeprefix('SAHI := ')}'" in INSTALL
