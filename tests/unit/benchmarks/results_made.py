"""Results as a benchmark writes them, made without measuring: latencies and scores by a seed."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.result_types import LatencyRow
from benchmarks.stats.turns import Turn

LITERT = "LiteRT"
REFERENCE_MS = 2.0


def make_latency_row(
    file: str = "default.int8.tflite",
    *,
    median_ms: float = 4.0,
    noise: float = 0.02,
    backend: str = LITERT,
    view: str = "tile",
    threads: int = 1,
    sessions: int = 5,
    rounds: int = 8,
    calls: int = 6,
    seed: int = 0,
) -> dict[str, Any]:
    """Return a row whose sessions, rounds and calls each vary by ``noise``, lognormal."""
    rng = np.random.default_rng(seed)
    turns = []
    for session in range(sessions):
        level = median_ms * np.exp(noise / 4 * rng.standard_normal())
        for _ in range(rounds):
            pace = np.exp(noise * rng.standard_normal())
            ms = level * pace * np.exp(noise * np.abs(rng.standard_normal(calls)))
            reference = REFERENCE_MS * pace * np.exp(noise / 4 * rng.standard_normal())
            turns.append(
                {"session": session, "reference_ms": float(reference), "ms": ms.round(4).tolist()}
            )
    values = np.concatenate([turn["ms"] for turn in turns])

    def estimate(share: float) -> dict[str, float]:
        value = float(np.quantile(values, share))
        return {"value": value, "low": value * (1 - noise), "high": value * (1 + noise)}

    side = 256 if view == "tile" else 896
    return {
        "file": file,
        "backend": backend,
        "backend_version": "2.3.0",
        "view": view,
        "threads": threads,
        "shape_hw": [side, side],
        "n": len(values),
        "p50_ms": estimate(0.5),
        "p90_ms": estimate(0.9),
        "p99_ms": estimate(0.99),
        "mean_ms": float(values.mean()),
        "mpx_per_s": side * side / 1e3 / float(np.median(values)),
        "is_steady": True,
        "is_narrow": True,
        "warm_up_turns": 5,
        "turns": turns,
    }


def make_accuracy(
    skills: Mapping[str, float], *, n: int = 400, photos: int = 40, seed: int = 0
) -> dict[str, Any]:
    """Return the accuracy part; a file's skill is how far its cracks score above the rest, in sd.

    All files see the same pictures: what makes a picture hard is hard for each of them.
    """
    rng = np.random.default_rng(seed)
    truths = rng.random(n) < 0.4
    hardness = rng.standard_normal(n)
    rows = []
    for file, skill in skills.items():
        logits = skill * (2 * truths - 1) + hardness + 0.1 * rng.standard_normal(n)
        scores = 1 / (1 + np.exp(-logits))
        verdicts = scores >= 0.5
        tp, fp = int((verdicts & truths).sum()), int((verdicts & ~truths).sum())
        fn, tn = int((~verdicts & truths).sum()), int((~verdicts & ~truths).sum())
        pairs = logits[truths][:, None] > logits[~truths]
        figures = {
            "n": n,
            "accuracy": (tp + tn) / n,
            "precision": tp / (tp + fp),
            "recall": tp / (tp + fn),
            "f1": 2 * tp / (2 * tp + fp + fn),
            "auc": float(pairs.mean()),
            "confusion": {"tp": tp, "fp": fp, "fn": fn, "tn": tn},
            "threshold": 0.5,
        }
        names = ("accuracy", "precision", "recall", "f1", "auc")
        rows.append(
            {
                "file": file,
                "backend": LITERT,
                "view": "tile",
                **figures,
                "intervals": {
                    name: {"low": figures[name] - 0.02, "high": figures[name] + 0.02}
                    for name in names
                },
                "units": photos,
                "calibration_error": 0.05,
                "brier": float(np.mean((scores - truths) ** 2)),
                "agreement": None,
                "per_source": {"walls": figures},
                "scores": scores.tolist(),
            }
        )
    return {
        "data": {"pictures": n, "fingerprint": "0" * 64},
        "samples": {
            "id": [f"{number:016x}" for number in range(n)],
            "is_crack": truths.tolist(),
            "source": ["walls"] * n,
            "unit": [f"walls/{number % photos}" for number in range(n)],
        },
        "rows": rows,
    }


def make_results(
    rows: Sequence[Mapping[str, Any]] | None = None,
    *,
    accuracy: Mapping[str, Any] | None = None,
    disturbed: Sequence[str] = (),
    **others: Any,
) -> dict[str, Any]:
    """Return results that match the schema; ``others`` replace whole parts."""
    rows = [make_latency_row()] if rows is None else list(rows)
    pairs = list(dict.fromkeys((row["file"], row["backend"]) for row in rows))
    reading = {
        "load_cores": 0.1,
        "temperature_c": 45.0,
        "limits": [],
        "frequency_mhz": 2400.0,
        "memory_free_mb": 8000.0,
    }
    return {
        "kind": "crack-edge benchmark",
        "version": 2,
        "crack_edge": "0.1.0",
        "made": "2026-01-01T12:00:00+00:00",
        "settings": {"max_seconds": 120, "seed": 0},
        "machine": {"processor": "a processor", "cores": 4, "system": "Linux x86_64"},
        "conditions": {
            "before": reading,
            "after": reading,
            "others_cores": 0.02,
            "stolen_share": 0.0,
            "disturbed": list(disturbed),
        },
        "files": [make_file(name) for name in dict.fromkeys(file for file, _ in pairs)],
        "problems": [],
        "reference_workload": {
            "what": "a filter of fixed size",
            "version": "5.0.0",
            "median_ms": 2.0,
        },
        "latency": {
            "stopped": "narrow",
            "seconds": 60.0,
            "sessions": 5,
            "rounds": 40,
            "target": 0.03,
            "rows": rows,
        },
        "throughput": [
            {
                "file": file,
                "backend": backend,
                "processes": processes,
                "threads": threads,
                "tiles_per_s": {"value": 200.0 * processes * threads, "low": 190.0, "high": 900.0},
            }
            for file, backend in pairs
            for processes, threads in ((1, 1), (1, 2), (2, 1))
        ],
        "cold_start": [
            {
                "file": file,
                "backend": backend,
                "n": 5,
                "python_ms": 15.0,
                "import_ms": 90.0,
                "open_ms": 60.0,
                "first_score_ms": 6.0,
                "total_ms": {"value": 171.0, "low": 165.0, "high": 180.0},
                "rss_tile_mb": 75.0,
                "rss_dense_mb": 110.0,
            }
            for file, backend in pairs
        ],
        "stages": [
            {
                "file": file,
                "backend": backend,
                "photo_mpx": 12.0,
                "view": "dense",
                "decode_ms": 60.0,
                "resize_ms": 12.0,
                "invoke_ms": 900.0,
                "rest_ms": 8.0,
                "total_ms": 980.0,
            }
            for file, backend in pairs
        ],
        "accuracy": accuracy,
        **others,
    }


def make_file(name: str, **others: Any) -> dict[str, Any]:
    """Return the entry of a file; quantization and kind are read off its name."""
    parts = name.split(".")
    return {
        "name": name,
        "sha256": f"{zlib.crc32(name.encode()):064x}",
        "bytes": 2_700_000,
        "model": parts[0],
        "kind": parts[-1],
        "quantization": parts[-2] if len(parts) > 2 else "float32",
        "input_px": 256,
        "window_px": 256,
        "threshold": 0.5,
        "has_dense_view": True,
        "parent_sha256": None,
        **others,
    }


def turns_of(row: LatencyRow) -> list[Turn]:
    """Read the turns of a latency row of results.json."""
    return [
        Turn(int(turn["session"]), np.asarray(turn["ms"], np.float64), turn["reference_ms"])
        for turn in row["turns"]
    ]
