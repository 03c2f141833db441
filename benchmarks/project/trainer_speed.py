"""The trainer's pictures per second against the same model's bare training steps."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine_facts import describe_machine
from benchmarks.project.time_ratio import ratio_of, time_interleaved
from edge.evaluation.dataset import Sample
from edge.evaluation.synthetic import draw_tile
from edge.model.labels import CRACK, NO_CRACK

# Long enough that the first batches, which nothing has prepared, do not count.
_BATCHES = 32


def measure_trainer_speed(
    *, alpha: float = 1.0, input_px: int = 224, batch_size: int = 32, rounds: int = 7
) -> dict[str, Any]:
    """Time the fine-tuning stage: batches chosen, read and varied, against one batch in memory.

    Both run the same number of the same compiled training steps; the bare one gets the same batch
    again and again, so that nothing has to be prepared.

    Returns:
        ``ratio`` of the trainer's pictures per second to the bare ones, ``pictures_per_second``
        (medians, of this machine only) and ``machine``.
    """
    # Slow to load, and not installed where only scans are measured.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from trainer.fit.batches import PictureBatches
    from trainer.fit.model import build_model, set_trainable
    from trainer.fit.recipes import plan_stages, settings_for
    from trainer.fit.stages import compile_stage
    from trainer.fit.tiles import DecodedTiles

    settings = settings_for(
        "two-stage", alpha=alpha, input_px=input_px, batch_size=batch_size, finetune_epochs=1
    )
    stage = plan_stages(settings)[-1]
    model = build_model(settings, weights="none")
    set_trainable(model, stage)
    compile_stage(model, stage, stage.rate)
    count = _BATCHES * batch_size
    samples = [
        Sample(Path(f"{place}.jpg"), CRACK if place % 2 else NO_CRACK, f"drawn/{place}")
        for place in range(count)
    ]
    drawn = [draw_tile(input_px, seed=seed, crack=seed % 2 == 1).photo for seed in range(8)]
    tiles = DecodedTiles(samples, np.stack([drawn[place % len(drawn)] for place in range(count)]))
    batches = PictureBatches(samples, tiles, batch_size=batch_size, training=True)
    batch = batches[0]

    def bare() -> None:
        for _ in range(_BATCHES):
            model.train_on_batch(*batch)

    competitors: dict[str, Callable[[], object]] = {
        "trainer": lambda: model.fit(batches, epochs=1, shuffle=False, verbose=0),
        "bare": bare,
    }
    seconds = time_interleaved(competitors, rounds=rounds)
    return {
        "what": "pictures per second of the fine-tuning stage to those of bare training steps",
        "alpha": alpha,
        "input_px": input_px,
        "batch_size": batch_size,
        "rounds": rounds,
        "ratio": asdict(ratio_of(seconds["bare"], seconds["trainer"])),
        "pictures_per_second": {
            name: round(count / float(np.median(values)), 1) for name, values in seconds.items()
        },
        "machine": describe_machine(),
    }
