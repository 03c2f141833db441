"""Pictures and surveys that the tests of audits share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from edge.evaluation.dataset import Sample
from edge.evaluation.synthetic import draw_tile
from edge.photo.codec import write_photo
from trainer.audit.dataset_audit import audit_survey
from trainer.audit.result import DatasetAudit
from trainer.dataset.near_duplicates import NearDuplicate
from trainer.dataset.survey import DatasetSurvey


def draw(path: Path, seed: int, *, jpeg_quality: int = 90) -> Path:
    write_photo(path, draw_tile(96, seed=seed, crack=True).photo, jpeg_quality=jpeg_quality)
    return path


def copy(path: Path, to: Path) -> Path:
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(path.read_bytes())
    return to


def audit_samples(
    samples: Sequence[Sample], digests: Sequence[str], near: Sequence[tuple[int, int]] = ()
) -> DatasetAudit:
    """Audit samples without pictures, by what was found of them."""
    count = len(samples)
    survey = DatasetSurvey(
        list(samples),
        [],
        [(64, 64)] * count,
        list(digests),
        np.zeros((count, 64, 64), np.uint8),
        np.zeros((0, 33), np.float32),
    )
    pairs = [NearDuplicate(a, b, 0.9 - 0.1 * i) for i, (a, b) in enumerate(near)]
    return audit_survey(survey, pairs)


def make_sample(name: str, split: str = "", label: str = "crack", group: str = "s/") -> Sample:
    return Sample(Path(f"/data/{name}.jpg"), label, group, split)


def write_leaking_manifest(folder: Path) -> Path:
    """Write a manifest with a copied file, a divided photo and a near pair across its splits."""
    first = draw(folder / "7-1.jpg", 1)
    copy(first, folder / "9-1.jpg")
    draw(folder / "7-2.jpg", 2)
    draw(folder / "8-1.jpg", 2, jpeg_quality=60)
    manifest = folder / "manifest.csv"
    manifest.write_text(
        "path,label,split\n7-1.jpg,crack,train\n7-2.jpg,no_crack,test\n"
        "9-1.jpg,crack,val\n8-1.jpg,no_crack,train\n"
    )
    return manifest
