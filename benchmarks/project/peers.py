"""The slicers of other projects around our tile model: from a JPEG to findings and their picture.

Each is used as its documentation says and otherwise with its defaults; both score on all cores,
SAHI by batches of tiles, supervision by threads.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.files.versions import installed_versions
from edge.model.backends import Backend, Runner
from edge.model.logits import sigmoid
from edge.photo.preprocess import to_tile

# Scans a photo, writes its picture into a folder (or nothing if None) and returns the number of
# findings.
PhotoScan = Callable[[Path, Path | None], int]

# Not all by one extra: SAHI requires opencv-python, which overwrites the headless one.
INSTALL = "pip install 'crack-edge[bench]' && pip install --no-deps 'sahi>=0.12.8,<0.13'"
OVERLAP = 0.5

_LABEL = "crack"
# Enough that all cores have work, few enough that their copies stay small.
_BATCH = 64


class TileModel:
    """A tile model with one interpreter of one thread per core; any thread may call it.

    Attributes:
        card: facts about the model.
        threads: tiles that are scored side by side.
    """

    def __init__(self, backend: Backend, *, threads: int) -> None:
        self.card = backend.card
        self.threads = threads
        side = self.card.input_px
        self._free: SimpleQueue[Runner] = SimpleQueue()
        for _ in range(threads):
            self._free.put(backend.open_runner((side, side)))
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="tile")

    def score(self, slice_: NDArray[np.uint8]) -> float:
        """Return the crack probability of one window, uint8 (H, W, 3) RGB."""
        tile = to_tile(slice_, self.card.input_px)
        runner = self._free.get()
        try:
            cells = runner(tile)
        finally:
            self._free.put(runner)
        return float(sigmoid(np.mean(cells, dtype=np.float64)))

    def scores(self, slices: Sequence[NDArray[np.uint8]]) -> list[float]:
        """Return the crack probabilities of windows, in order, scored on all cores."""
        return list(self._pool.map(self.score, slices))


def open_sahi(model: TileModel) -> PhotoScan:
    """Return a scan by SAHI's ``get_sliced_prediction`` and ``export_visuals``.

    A tile above the threshold is a detection of its whole size. The extra prediction of the whole
    photo at once is left out: a tile model has no use for it.
    """
    from sahi.models.base import DetectionModel
    from sahi.predict import get_sliced_prediction
    from sahi.prediction import ObjectPrediction

    class TileDetector(DetectionModel):  # type: ignore[misc]
        """What SAHI asks for: a subclass that detects in a batch of tiles."""

        def load_model(self) -> None:
            """Take the model that is open already."""
            self.model = model

        def perform_batch_inference(self, images: list[NDArray[np.uint8]]) -> None:
            """Score tiles, uint8 (H, W, 3) RGB each."""
            self._original_predictions = [
                (score, image.shape)
                for score, image in zip(self.model.scores(images), images, strict=True)
            ]

        def _create_object_prediction_list_from_original_predictions(
            self, shift_amount_list: list[list[int]], full_shape_list: list[list[int]]
        ) -> None:
            self._object_prediction_list_per_image = [
                [
                    ObjectPrediction(
                        bbox=[0, 0, shape[1], shape[0]],
                        category_id=0,
                        category_name=_LABEL,
                        score=score,
                        shift_amount=shift,
                        full_shape=full,
                    )
                ]
                if score >= self.confidence_threshold
                else []
                for (score, shape), shift, full in zip(
                    self._original_predictions, shift_amount_list, full_shape_list, strict=True
                )
            ]

    detector = TileDetector(confidence_threshold=model.card.threshold)

    def scan(photo: Path, out: Path | None) -> int:
        result = get_sliced_prediction(
            str(photo),
            detector,
            slice_height=model.card.window_px,
            slice_width=model.card.window_px,
            overlap_height_ratio=OVERLAP,
            overlap_width_ratio=OVERLAP,
            perform_standard_pred=False,
            verbose=0,
            batch_size=_BATCH,
        )
        if out is not None:
            result.export_visuals(export_dir=str(out), file_name="sahi")
        return len(result.object_prediction_list)

    return scan


def open_supervision(model: TileModel) -> PhotoScan:
    """Return a scan by supervision's ``InferenceSlicer`` and annotators.

    A tile above the threshold is a detection of its whole size.
    """
    import supervision as sv

    def detect(slice_bgr: NDArray[np.uint8]) -> Any:
        score = model.score(slice_bgr[:, :, ::-1])
        if score < model.card.threshold:
            return sv.Detections.empty()
        height, width = slice_bgr.shape[:2]
        return sv.Detections(
            xyxy=np.array([[0, 0, width, height]], np.float64),
            confidence=np.array([score]),
            class_id=np.array([0]),
        )

    slicer = sv.InferenceSlicer(
        callback=detect,
        slice_wh=model.card.window_px,
        overlap_wh=round(model.card.window_px * OVERLAP),
        thread_workers=model.threads,
    )
    boxes, labels = sv.BoxAnnotator(), sv.LabelAnnotator()

    def scan(photo: Path, out: Path | None) -> int:
        image = np.asarray(cv2.imread(str(photo)))
        found = slicer(image)
        if out is not None:
            texts = [f"{_LABEL} {score:.2f}" for score in found.confidence]
            picture = boxes.annotate(scene=image.copy(), detections=found)
            picture = labels.annotate(scene=picture, detections=found, labels=texts)
            cv2.imwrite(str(out / "supervision.jpg"), picture)
        return len(found)

    return scan


PEERS: Mapping[str, tuple[str, Callable[[TileModel], PhotoScan]]] = {
    "SAHI": ("sahi", open_sahi),
    "supervision": ("supervision", open_supervision),
}


def open_peers(model: TileModel) -> dict[str, PhotoScan]:
    """Return the scans by those peers that are installed, by name."""
    return {
        name: open_peer(model)
        for name, (module, open_peer) in PEERS.items()
        if importlib.util.find_spec(module) is not None
    }


def peer_versions() -> dict[str, str]:
    """Return the versions of the installed peers, by name."""
    versions = installed_versions([module for module, _ in PEERS.values()])
    return {name: versions[module] for name, (module, _) in PEERS.items() if module in versions}
