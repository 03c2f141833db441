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
from trainer.fit.checkpoint import CHECKPOINT_NAME, Checkpoint, holds_state
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

    Args:
        data: class folders or manifest CSVs.
        out: folder for the results.
        settings: how to train.
        progress: takes messages and how far it has come.
        options: what else to do.

    Returns:
        The figures on the test split and the other facts of ``report.json``.

    Raises:
        OutputError: out is not empty or cannot be written.
        DataError: the data cannot be used.
        InputError: there is nothing to resume, or a training with other settings.
        EnvironmentLacksError: the ImageNet weights cannot be downloaded.
        KeyboardInterrupt: stopped before the first epoch was finished.
    """
    plan = plan_training(data, out, settings=settings, progress=progress, options=options)
    return run_training(plan, progress)


def run_training(plan: TrainingPlan, progress: Progress) -> ReportFacts:
    """Train as planned; see ``train``."""
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
        with closing(TensorBoardLog(plan.out / _LOG_NAME)) as log:
            training_data = TrainingData(plan.parts, tiles, soft_targets)
            interrupted = fit_model(model, training_data, settings, progress, checkpoint, log)
        if interrupted:
            progress.say(
                "stopped: measuring the best epoch so far and writing its report; "
                "Ctrl-C again skips that"
            )
        keras.config.set_dtype_policy("float32")
        trained = FinishedTraining(
            name=options.name or plan.out.resolve().name,
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
    """Write the manifest; a training that stops before its first state leaves nothing behind."""
    out, state = plan.out, plan.state
    checkpoint = Checkpoint(out / CHECKPOINT_NAME, state)
    if not state.dataset:
        out.mkdir(parents=True, exist_ok=True)
        # With --force older results may stand here; they would make the training look finished.
        checkpoint.remove()
        (out / MODEL_NAME).unlink(missing_ok=True)
        write_manifest(out / MANIFEST_NAME, plan.dataset.samples)
        state.dataset = plan.dataset.facts
    try:
        yield checkpoint
    finally:
        if not (holds_state(out / CHECKPOINT_NAME) or (out / MODEL_NAME).is_file()):
            (out / MANIFEST_NAME).unlink(missing_ok=True)
            shutil.rmtree(out / _LOG_NAME, ignore_errors=True)
            with suppress(OSError):  # holds files of the user's
                out.rmdir()
