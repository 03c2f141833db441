"""The converted tiny model at work: it finds the drawn crack where it is."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.detect.photo_scan import scan_photo
from edge.detect.settings import VIEWS, ScanSettings, View
from edge.evaluation.metrics import auc
from edge.evaluation.synthetic import draw_concrete
from edge.model.classifier import open_classifier
from edge.photo.codec import read_photo, write_photo
from edge.photo.source import LoadedPhoto
from tests.integration.conftest import TILE_PX, crack_edge

CELL_PX = 32


@pytest.mark.parametrize("view", VIEWS)
def test_the_drawn_crack_is_found_where_it_is(converted: Path, view: View) -> None:
    classifier = open_classifier(converted / "tiny.int8.tflite", threads=2)
    settings = ScanSettings(threshold=classifier.card.threshold, view=view)
    on_crack, elsewhere = [], []
    for seed in range(6):
        drawing = draw_concrete((768, 512), seed=seed)
        heat = scan_photo(classifier, LoadedPhoto(drawing.photo), settings).heat
        cells = drawing.crack_mask.reshape(512 // CELL_PX, CELL_PX, 768 // CELL_PX, CELL_PX)
        cracked = cells.any(axis=(1, 3))
        # A window that covers part of a crack is right to be hot: two cells around it don't count.
        far = cv2.dilate(cracked.astype(np.uint8), np.ones((5, 5), np.uint8)) == 0
        on_crack += heat[cracked].tolist()
        elsewhere += heat[far].tolist()
    truths = [True] * len(on_crack) + [False] * len(elsewhere)
    ranking = auc(on_crack + elsewhere, truths)
    assert ranking is not None
    assert ranking > 0.9
    assert np.mean(np.array(on_crack) >= settings.threshold) > 0.4
    assert np.mean(np.array(elsewhere) >= settings.threshold) < 0.3


def test_dense_and_tile_scores_of_a_photo_agree(converted: Path, tmp_path: Path) -> None:
    rows = ["photo,x,y,width,height,label"]
    for seed in range(4):
        drawing = draw_concrete((512, 384), seed=seed)
        write_photo(tmp_path / f"{seed}.png", drawing.photo)
        for y in range(0, 384, TILE_PX):
            for x in range(0, 512, TILE_PX):
                crack = drawing.crack_mask[y : y + TILE_PX, x : x + TILE_PX].sum() > 60
                label = "crack" if crack else "no_crack"
                rows.append(f"{seed}.png,{x},{y},{TILE_PX},{TILE_PX},{label}")
    (tmp_path / "tiles.csv").write_text("\n".join(rows))
    aucs = {}
    for view in VIEWS:
        run = crack_edge(
            "evaluate", converted / "tiny.int8.tflite", tmp_path, "--view", view, "--json"
        )
        assert run.code == 0
        assert run.json["n"] == len(rows) - 1
        aucs[view] = run.json["auc"]
    assert min(aucs.values()) > 0.75


def test_scan_writes_its_files_and_goes_on_after_a_broken_photo(
    converted: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "photos"
    write_photo(folder / "a" / "wall.jpg", draw_concrete((400, 300), seed=4).photo)
    (folder / "broken.jpg").write_bytes(b"\xff\xd8 not a photo")
    write_photo(folder / "tiny.png", draw_concrete((40, 20), seed=1, cracks=0).photo)
    out = tmp_path / "out"
    run = crack_edge(
        "scan", folder, "--out", out, "--model", converted / "tiny.int8.tflite", "--json"
    )
    assert run.code == 1
    assert "broken.jpg" in run.err
    summary = run.json
    assert (summary["photos"], summary["failed"]) == (3, 1)
    assert summary["megapixels"] == pytest.approx((400 * 300 + 40 * 20) / 1e6, abs=1e-3)
    rows = list(csv.DictReader((out / "regions.csv").read_text().splitlines()))
    assert len(rows) == summary["regions"] > 0
    for row in rows:
        photo = read_photo(folder / row["photo"])
        assert 0 <= int(row["left"]) < int(row["right"]) <= photo.shape[1]
        assert 0 <= int(row["top"]) < int(row["bottom"]) <= photo.shape[0]
    for name in ("a/wall.jpg", "tiny.png"):
        assert read_photo(out / "overlays" / f"{name}.jpg").size
        assert read_photo(out / "heatmaps" / f"{name}.png").size
    page = (out / "report.html").read_text()
    assert "a/wall.jpg" in page
    assert "broken.jpg" in page


def test_evaluate_reports_the_promised_words(trained: Path, converted: Path) -> None:
    reports = {}
    for model in (trained / "model.keras", converted / "tiny.float32.tflite"):
        run = crack_edge("evaluate", model, trained / "manifest.csv", "--split", "test", "--json")
        assert run.code == 0
        reports[model.suffix] = run.json
    words = {"n", "accuracy", "precision", "recall", "f1", "auc", "confusion", "threshold"}
    assert words <= set(reports[".keras"])
    assert {key: reports[".keras"][key] for key in words} == {
        key: reports[".tflite"][key] for key in words
    }
    assert sum(reports[".keras"]["confusion"].values()) == reports[".keras"]["n"]


def test_evaluate_gives_the_figures_of_the_training(trained: Path) -> None:
    report = json.loads((trained / "report.json").read_text())
    run = crack_edge("evaluate", trained, trained / "manifest.csv", "--split", "test", "--json")
    assert {key: run.json[key] for key in ("n", "auc", "f1")} == {
        key: report[key] for key in ("n", "auc", "f1")
    }


def test_evaluate_warns_of_training_pictures(trained: Path, converted: Path) -> None:
    run = crack_edge("evaluate", converted / "tiny.int8.tflite", trained / "manifest.csv")
    assert "training pictures" in run.err


def test_inspect_shows_the_card_of_every_kind_of_model(trained: Path, converted: Path) -> None:
    for model in (trained, converted / "tiny.int8.tflite", converted / "tiny.float32.onnx"):
        run = crack_edge("inspect", model, "--json")
        assert run.json["labels"] == ["no_crack", "crack"]
        assert run.json["window_px"] == TILE_PX


def test_a_keras_model_is_not_scanned_with(trained: Path, tmp_path: Path) -> None:
    write_photo(tmp_path / "wall.png", draw_concrete((128, 128), seed=1).photo)
    model = trained / "model.keras"
    run = crack_edge("scan", tmp_path / "wall.png", "--out", tmp_path / "out", "--model", model)
    assert run.code == 2
    assert "crack-edge convert" in run.err
    assert not (tmp_path / "out").exists()
