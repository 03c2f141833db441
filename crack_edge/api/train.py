"""A model trained on labelled pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from crack_edge.api.arguments import (
    FilePath,
    FilePaths,
    list_paths,
    list_texts,
    require_count,
    require_number,
    require_text,
)
from crack_edge.api.metrics import read_metrics, read_per_source
from crack_edge.api.results import Training
from crack_edge.shared.console import load_keras
from crack_edge.shared.extras import require_training
from edge.files.progress import Progress, Silent
from edge.model.training_folder import MODEL_NAME, read_trained_card


def train(
    data: FilePaths,
    out: FilePath,
    *,
    recipe: Literal["two-stage", "frozen", "last-layers", "augmented", "scratch"] = "two-stage",
    weights: str | None = None,
    alpha: float | None = None,
    input_px: int | None = None,
    window_px: int | None = None,
    epochs: int | None = None,
    finetune_epochs: int | None = None,
    context_epochs: int | None = None,
    learning_rate: float | None = None,
    patience: int | None = None,
    batch_size: int = 32,
    split_by: Literal["group", "random", "batches"] = "group",
    group_regex: str | None = None,
    teacher: FilePath | None = None,
    seed: int = 0,
    name: str | None = None,
    notes: str | Sequence[str] = (),
    cache: FilePath | None = None,
    resume: bool = False,
    force: bool = False,
    progress: Progress | None = None,
) -> Training:
    """Fine-tune MobileNetV2 on labelled pictures and measure it on photos that were kept back.

    The arguments are those of the command ``crack-edge train``; ``docs/train.md`` explains them. An
    interrupt (Ctrl-C, or a notebook's stop) ends the training early and leaves a usable model.

    Args:
        data: folders with class folders (crack, no_crack ...), manifests, or several of them.
        out: folder for the results.
        recipe: which layers are trained and how.
        weights: to start from: ``imagenet`` (downloaded once), ``none``, the ``.weights.h5`` file
            of a backbone or the ``.keras`` file of a training; ``imagenet`` if None, and ``none``
            for the recipe ``scratch``.
        alpha: width of MobileNetV2: 0.35, 0.5, 0.75, 1.0, 1.3 or 1.4; 1.0, or that of the
            ``.keras`` file, if None.
        input_px: side of the model's input, a multiple of 32; 224, or that of the ``.keras`` file,
            if None.
        window_px: side of the piece of a photo that a tile covers; the pictures' median if None.
        epochs: of the first stage; the recipe's if None.
        finetune_epochs: of the upper part of the backbone; the recipe's if None.
        context_epochs: of tiles within surroundings, for the dense view; the recipe's if None.
        learning_rate: highest of the first stage, at most 0.1; the later stages keep their ratio to
            it. The recipe's if None.
        patience: epochs without a lower loss on val after which a stage ends; the recipe's if None.
        batch_size: pictures in a batch.
        split_by: what stays in one split: the pictures of a source photo, nothing, or batches.
        group_regex: finds the source photo in a picture's path; ``PHOTO-N`` in its name if None.
        teacher: ``.keras`` file or training folder of a larger model to learn from too.
        seed: of every random choice.
        name: of the model; the folder's if None.
        notes: licences and attributions of the data, kept in the model's card.
        cache: folder where decoded tiles are kept for the next training.
        resume: continues a training that was stopped, after its last finished epoch; the short
            first stage of ``two-stage`` starts over.
        force: replaces an earlier training in the folder.
        progress: an object with the methods ``say`` and ``step``, which are told how far it is.

    Returns:
        Where the model lies, and its figures on the test split.

    Raises:
        CrackEdgeError: TensorFlow is not installed (the message has the pip command), the data
            cannot be used, a value cannot be trained with, or the folder is in use.
        TypeError: a value is of the wrong type.
        ValueError: a value lies outside its range.

    Example:
        >>> training = ce.train("data", "runs/first", epochs=5)
        >>> training.metrics.recall
        0.9627
    """
    counts = {
        name: None if value is None else require_count(value, name, *limits)
        for name, value, *limits in (
            ("input_px", input_px, 1),
            ("window_px", window_px, 32, 4096),
            ("epochs", epochs, 1),
            ("finetune_epochs", finetune_epochs, 0),
            ("context_epochs", context_epochs, 0),
            ("patience", patience, 1),
            ("batch_size", batch_size, 1),
            ("seed", seed, 0),
        )
    }
    require_training()
    from trainer.fit.recipes import settings_for
    from trainer.plan import TrainOptions, plan_training

    folder = Path(out)
    progress = progress or Silent()
    settings = settings_for(
        recipe,
        weights=weights,
        alpha=None if alpha is None else require_number(alpha, "alpha"),
        learning_rate=(
            None if learning_rate is None else require_number(learning_rate, "learning_rate")
        ),
        split=split_by,
        **counts,
    )
    options = TrainOptions(
        name=None if name is None else require_text(name, "name"),
        notes=list_texts(notes, "notes"),
        group_regex=None if group_regex is None else require_text(group_regex, "group_regex"),
        cache=None if cache is None else Path(cache),
        teacher=None if teacher is None else Path(teacher),
        resume=resume,
        force=force,
    )
    # What is wrong with data or folder is told before TensorFlow is loaded.
    plan = plan_training(
        list_paths(data, "data"), folder, settings=settings, progress=progress, options=options
    )
    load_keras("train")
    from trainer.report.training_report import PAGE_NAME
    from trainer.train import run_training

    report = run_training(plan, progress)
    return Training(
        folder=folder,
        model=folder / MODEL_NAME,
        report=folder / PAGE_NAME,
        card=read_trained_card(folder),
        metrics=read_metrics(report.figures),
        per_source=read_per_source(report.figures),
        interrupted=report.interrupted,
    )
