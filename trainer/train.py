"""From labelled pictures to a model with its card, its report and its model card."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import keras

from edge.evaluation.dataset import write_manifest
from edge.files.progress import Progress
from edge.model.training_folder import MANIFEST_NAME, MODEL_NAME
from trainer.finalize import FinishedTraining, finalize, write_results
from trainer.fit.callbacks import TensorBoardLog
from trainer.fit.checkpoint import CHECKPOINT_NAME, Checkpoint
from trainer.fit.distillation import make_soft_targets
from trainer.fit.model import build_model, load_trained
from trainer.fit.precision import choose_precision
from trainer.fit.recipes import TrainSettings
from trainer.fit.stages import TrainingData, fit_model
from trainer.fit.tiles import decode_tiles
from trainer.plan import TrainingPlan, TrainOptions, plan_training
from trainer.report.facts import ReportFacts

_LOG_NAME = "tensorboard"


def train(
    data: Sequence[Path],
    out: Path,
    *,
    settings: TrainSettings,
    progress: Progress,
    options: TrainOptions | None = None,
) -> ReportFacts:
    """Train on class folders or manifests and write model, card, manifest, history and report.

    Takes and raises what ``plan_training`` does, and what ``run_training`` raises.
    """
    plan = plan_training(data, out, settings=settings, progress=progress, options=options)
    return run_training(plan, progress)


def run_training(plan: TrainingPlan, progress: Progress) -> ReportFacts:
    """Train as planned.

    Returns:
        The figures on the test split and the other facts of ``report.json``.

    Raises:
        InputError: the weights do not fit the settings, or the training diverged.
        EnvironmentLacksError: the ImageNet weights cannot be downloaded.
        KeyboardInterrupt: stopped before the first epoch was finished.
    """
    settings, options, state = plan.settings, plan.options, plan.state
    keras.utils.set_random_seed(settings.seed)
    device = choose_precision(progress)
    model = _make_model(settings)
    with _begun_folder(plan) as checkpoint:
        samples = plan.dataset.samples
        tiles = decode_tiles(samples, settings.input_px, progress, cache=options.cache)
        soft_targets = None
        if options.teacher:
            soft_targets = make_soft_targets(
                options.teacher, samples, plan.parts["train"], tiles, settings, progress
            )
        with closing(TensorBoardLog(plan.out / _LOG_NAME, epochs=len(state.history))) as log:
            training_data = TrainingData(plan.parts, tiles, soft_targets)
            interrupted = fit_model(model, training_data, settings, progress, checkpoint, log)
        if interrupted:
            progress.say(
                "stopped: measuring the model trained so far and writing its report; press Ctrl-C "
                "again to skip that"
            )
        keras.config.set_dtype_policy("float32")
        trained = FinishedTraining(
            name=plan.name,
            window_px=plan.window_px,
            notes=options.notes,
            settings=settings,
            recipe=plan.recipe,
            dataset=plan.dataset,
            parts=plan.parts,
            state=state,
            device=device,
            interrupted=interrupted,
        )
        bare, report = finalize(trained, model, tiles, progress)
        facts = write_results(plan.out, bare, report)
    if not interrupted:
        checkpoint.remove()
    return facts


def _make_model(settings: TrainSettings) -> Any:
    if settings.starts_from_trained:
        return load_trained(Path(settings.weights), settings)
    return build_model(settings)


@contextmanager
def _begun_folder(plan: TrainingPlan) -> Iterator[Checkpoint]:
    """Write manifest and first state; a new training without a finished epoch leaves nothing."""
    out, state = plan.out, plan.state
    checkpoint = Checkpoint(out / CHECKPOINT_NAME, state)
    if state.dataset:
        yield checkpoint
        return
    own = [path for path in (out / MANIFEST_NAME, out / _LOG_NAME) if not path.exists()]
    # With --force older results may stand here; they would make the training look finished.
    checkpoint.remove()
    (out / MODEL_NAME).unlink(missing_ok=True)
    try:
        write_manifest(out / MANIFEST_NAME, plan.dataset.samples)
        state.dataset = plan.dataset.facts
        checkpoint.write_beginning()
        yield checkpoint
    finally:
        if not state.history:
            checkpoint.remove()
            for path in own:
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
            with suppress(OSError):  # holds files of the user's
                out.rmdir()
