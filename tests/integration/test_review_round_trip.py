"""Doubtful tiles of a scan are sorted, by hand or in Label Studio, and go back into a training."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.evaluation.dataset import read_manifest
from edge.evaluation.synthetic import draw_concrete
from edge.photo.codec import write_photo
from tests.integration.conftest import TILE_PX, crack_edge

SEEDS = range(4)
QUICK = (
    *("--weights", "none", "--alpha", "0.35", "--input-px", TILE_PX),
    *("--epochs", "1", "--finetune-epochs", "0", "--context-epochs", "0"),
)


@pytest.fixture(scope="module")
def truths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, NDArray[np.bool_]]:
    """Say where the cracks of each photo are."""
    return {f"wall-{n}.png": draw_concrete((1024, 768), seed=n).crack_mask for n in SEEDS}


@pytest.fixture(scope="module")
def review(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scan drawn photos with the shipped model and cut out what it doubts."""
    folder = tmp_path_factory.mktemp("review")
    for n in SEEDS:
        photo = draw_concrete((1024, 768), seed=n).photo
        write_photo(folder / "photos" / f"wall-{n}.png", photo)
    run = crack_edge("scan", folder / "photos", "--out", folder / "scan")
    assert run.code == 0, run.err
    run = crack_edge("export-review", folder / "scan", "--out", folder / "doubtful")
    assert run.code == 0, run.err
    return folder / "doubtful"


def label_of(row: dict[str, str], truths: dict[str, NDArray[np.bool_]]) -> str:
    left, top, right, bottom = (int(row[side]) for side in ("left", "top", "right", "bottom"))
    cracked = int(truths[row["photo"]][top:bottom, left:right].sum())
    return "crack" if cracked > 300 else "unsure" if cracked else "no_crack"


def rows_of(review: Path) -> list[dict[str, str]]:
    with (review / "review.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_labels_of_label_studio_are_a_data_set(
    review: Path, truths: dict[str, NDArray[np.bool_]], tmp_path: Path
) -> None:
    labels = {row["tile"]: label_of(row, truths) for row in rows_of(review)}
    tasks = json.loads((review / "tasks.json").read_text())
    for task in tasks:
        choice = {"choices": [labels[task["data"]["tile"]]]}
        task["annotations"] = [{"result": [{"type": "choices", "value": choice}]}]
    export = tmp_path / "export.json"
    export.write_text(json.dumps(tasks))
    run = crack_edge("import-review", review, export, "--json")
    assert run.code == 0, run.err
    assert run.json["tiles"] == sum(label != "unsure" for label in labels.values())
    found = crack_edge("audit", review / "manifest.csv", "--json").json
    assert found["groups"]["without_photo"] == 0
    assert {
        sample.path.name: sample.label for sample in read_manifest(review / "manifest.csv")
    } == {tile: label for tile, label in labels.items() if label != "unsure"}


def test_tiles_sorted_by_hand_are_trained_on_and_no_others(
    review: Path, truths: dict[str, NDArray[np.bool_]], drawn: Path, tmp_path: Path
) -> None:
    sorted_ = {}
    for number, row in enumerate(rows_of(review)):
        label = label_of(row, truths)
        if number % 5:  # a fifth is left to be sorted
            sorted_[row["tile"]] = label
            (review / "to_sort" / row["tile"]).rename(review / label / row["tile"])
    assert {"crack", "no_crack"} <= set(sorted_.values())
    run = crack_edge("train", drawn, review, "--out", tmp_path / "run", *QUICK)
    assert run.code == 0, run.err
    samples = [
        sample
        for sample in read_manifest(tmp_path / "run" / "manifest.csv")
        if sample.path.is_relative_to(review)
    ]
    assert {sample.path.name: sample.label for sample in samples} == {
        tile: label for tile, label in sorted_.items() if label != "unsure"
    }
    splits: dict[str, set[str]] = {}
    for sample in samples:
        splits.setdefault(sample.path.name.rpartition("-")[0], set()).add(sample.split)
    assert len(splits) == len(SEEDS)
    assert all(len(parts) == 1 for parts in splits.values())
