"""Tiles as tasks for Label Studio, and the labels that come back from it.

Formats: https://labelstud.io/guide/task_format and https://labelstud.io/guide/predictions.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from edge.files.errors import DataError
from edge.files.text_encoding import encode_filename, replace_undecodable
from edge.model.labels import CRACK, NO_CRACK, class_of_folder

UNSURE = "unsure"

_CONTROL, _OBJECT = "label", "image"
LABEL_CONFIG = f"""<View>
  <Image name="{_OBJECT}" value="$image" zoom="true"/>
  <Choices name="{_CONTROL}" toName="{_OBJECT}" choice="single-radio" required="true">
    <Choice value="{CRACK}" hotkey="1"/>
    <Choice value="{NO_CRACK}" hotkey="2"/>
    <Choice value="{UNSURE}" hotkey="3"/>
  </Choices>
</View>
"""
# What Label Studio serves below its LOCAL_FILES_DOCUMENT_ROOT.
_LOCAL_FILES = "/data/local-files/?d="


@dataclass(frozen=True)
class Guess:
    """What the model says of a tile.

    Attributes:
        tile: name of its file.
        label: the model's verdict.
        score: crack probability.
        facts: to be shown beside it.
    """

    tile: str
    label: str
    score: float
    facts: Mapping[str, str | int | float]


@dataclass(frozen=True)
class Answer:
    """What people say of a tile: crack, no_crack, or unsure where they do not know or agree."""

    tile: str
    label: str


def make_tasks(guesses: Iterable[Guess], *, folder: str, model: str) -> bytes:
    """Return tasks to import, the model's verdicts as predictions.

    Args:
        guesses: of the tiles.
        folder: where the tiles lie, below the folder that Label Studio serves.
        model: name and version.
    """
    tasks = [
        {
            "data": {
                "image": _LOCAL_FILES + quote(encode_filename(f"{folder}/{one.tile}")),
                "tile": one.tile,
                **{
                    key: replace_undecodable(value) if isinstance(value, str) else value
                    for key, value in one.facts.items()
                },
            },
            "predictions": [
                {
                    "model_version": model,
                    "score": one.score,
                    "result": [
                        {
                            "id": f"guess-{number}",
                            "from_name": _CONTROL,
                            "to_name": _OBJECT,
                            "type": "choices",
                            "value": {"choices": [one.label]},
                        }
                    ],
                }
            ],
        }
        for number, one in enumerate(guesses, start=1)
    ]
    return (json.dumps(tasks, indent=1, allow_nan=False) + "\n").encode()


def read_answers(path: Path) -> list[Answer]:
    """Read what Label Studio exports as JSON (not JSON-MIN); tasks without an answer are left out.

    Predictions are not answers, nor is what was skipped.

    Raises:
        DataError: the file is not such an export; names the entry.
    """
    try:
        tasks = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path}: cannot be read as JSON ({error})") from error
    if not isinstance(tasks, list):
        raise DataError(f"{path}: expected a list of tasks, which Label Studio exports as JSON")
    answers = []
    for number, task in enumerate(tasks, start=1):
        where = f"{path}, entry {number}"
        tile, labels = _read_task(task, where)
        if labels:
            answers.append(Answer(tile, labels.pop() if len(labels) == 1 else UNSURE))
    return answers


def _read_task(task: Any, where: str) -> tuple[str, set[str]]:
    data = task.get("data") if isinstance(task, dict) else None
    annotations = task.get("annotations") if isinstance(task, dict) else None
    if not isinstance(data, dict) or not isinstance(annotations, list):
        raise DataError(
            f"{where}: has no data and annotations; export as JSON (not JSON-MIN) from Label Studio"
        )
    labels = set()
    for annotation in annotations:
        if not isinstance(annotation, dict) or not isinstance(annotation.get("result"), list):
            raise DataError(f"{where}: one of its annotations has no result")
        if not annotation.get("was_cancelled"):
            labels |= {_read_label(result, where) for result in annotation["result"]}
    return _read_tile(data, where), labels


def _read_label(result: Any, where: str) -> str:
    value = result.get("value") if isinstance(result, dict) else None
    choices = value.get("choices") if isinstance(value, dict) else None
    if not isinstance(choices, list) or len(choices) != 1 or not isinstance(choices[0], str):
        raise DataError(f"{where}: expected one choice of {CRACK}, {NO_CRACK} or {UNSURE}")
    label = UNSURE if choices[0] == UNSURE else class_of_folder(choices[0])
    if label is None:
        raise DataError(f"{where}: choice {choices[0]!r}; expected {CRACK}, {NO_CRACK} or {UNSURE}")
    return label


def _read_tile(data: Mapping[str, Any], where: str) -> str:
    """Return the name of a tile's file; never a path."""
    tile, image = data.get("tile"), data.get("image")
    if isinstance(tile, str):
        return tile
    if not isinstance(image, str):
        raise DataError(f"{where}: has neither a tile nor an image in its data")
    # Tasks that Label Studio made itself from a folder have the image only.
    address = urlsplit(image)
    served = parse_qs(address.query).get("d", [unquote(address.path)])[0]
    return PurePosixPath(served.replace("\\", "/")).name
