"""Decoded once, the same tiles from memory and from the cache."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.evaluation.dataset import read_class_folders
from edge.files.errors import OutputError
from edge.photo.codec import read_photo, write_photo
from edge.photo.preprocess import to_tile
from tests.drawn_dataset import write_class_folders
from tests.unit.fakes import Remembering
from trainer.fit.tiles import decode_tiles


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_class_folders(tmp_path / "data", count=5, size_px=40, seed=1, suffix=".png")
    return tmp_path / "data"


def test_tiles_are_those_of_the_device(data: Path) -> None:
    samples = read_class_folders(data)
    tiles = decode_tiles(samples, 32, Remembering())
    chosen = [samples[3], samples[0]]
    expected = [to_tile(read_photo(sample.path), 32) for sample in chosen]
    np.testing.assert_array_equal(tiles.of(chosen), expected)
    assert tiles.input_px == 32


def test_the_cache_is_read_instead_of_decoding(data: Path, tmp_path: Path) -> None:
    samples = read_class_folders(data)
    cache = tmp_path / "cache"
    first, again = Remembering(), Remembering()
    written = decode_tiles(samples, 32, first, cache=cache)
    read = decode_tiles(samples, 32, again, cache=cache)
    np.testing.assert_array_equal(written.of(samples), read.of(samples))
    assert first.steps
    assert not again.steps
    assert len(list(cache.iterdir())) == 1


def test_another_content_is_decoded_anew(data: Path, tmp_path: Path) -> None:
    samples = read_class_folders(data)
    cache = tmp_path / "cache"
    decode_tiles(samples, 32, Remembering(), cache=cache)
    write_photo(samples[2].path, np.full((40, 40, 3), 9, np.uint8))
    tiles = decode_tiles(samples, 32, Remembering(), cache=cache)
    assert (tiles.of([samples[2]]) == 9).all()


def test_a_copy_may_be_varied_without_harm(data: Path) -> None:
    samples = read_class_folders(data)
    tiles = decode_tiles(samples, 32, Remembering())
    before = tiles.of(samples)
    tiles.of(samples)[:] = 0
    np.testing.assert_array_equal(tiles.of(samples), before)


def test_a_cache_that_cannot_be_written_is_named(data: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="file"):
        decode_tiles(read_class_folders(data), 32, Remembering(), cache=tmp_path / "file" / "cache")
