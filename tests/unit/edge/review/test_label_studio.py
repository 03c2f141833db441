"""Tasks that Label Studio takes, and its export read without trust."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest

from edge.files.errors import DataError
from edge.review.label_studio import (
    LABEL_CONFIG,
    Answer,
    Guess,
    make_tasks,
    read_answers,
)

GUESSES = [
    Guess("wall-1.png", "crack", 0.7, {"photo": "a/wall.jpg", "left": 0}),
    Guess("größe_1-2.png", "no_crack", 0.1, {"photo": "b\udce9.jpg", "left": 5}),
]


def annotate(*choices: str, **changes: Any) -> dict[str, Any]:
    results = [
        {"from_name": "label", "to_name": "image", "type": "choices", "value": {"choices": [one]}}
        for one in choices
    ]
    return {"id": 1, "result": results, "was_cancelled": False} | changes


def make_task(tile: str, *annotations: dict[str, Any]) -> dict[str, Any]:
    image = f"/data/local-files/?d=review/to_sort/{tile}"
    return {"id": 7, "data": {"image": image, "tile": tile}, "annotations": list(annotations)}


def export(tmp_path: Path, value: Any) -> Path:
    path = tmp_path / "export.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def test_a_task_points_to_its_tile_and_carries_the_guess() -> None:
    first, second = json.loads(make_tasks(GUESSES, folder="my review/to_sort", model="default 1a"))
    address = urlsplit(first["data"]["image"])
    assert address.path == "/data/local-files/"
    assert parse_qs(address.query) == {"d": ["my review/to_sort/wall-1.png"]}
    assert parse_qs(urlsplit(second["data"]["image"]).query)["d"] == [
        "my review/to_sort/größe_1-2.png"
    ]
    (prediction,) = first["predictions"]
    assert (prediction["model_version"], prediction["score"]) == ("default 1a", 0.7)
    assert prediction["result"][0]["value"] == {"choices": ["crack"]}


def test_a_guess_is_no_answer(tmp_path: Path) -> None:
    tasks = json.loads(make_tasks(GUESSES, folder="r", model="m"))
    assert all("annotations" not in task for task in tasks)
    untouched = [task | {"annotations": []} for task in tasks]
    assert read_answers(export(tmp_path, untouched)) == []


def test_the_guess_names_a_control_and_choices_of_the_interface() -> None:
    view = ElementTree.fromstring(LABEL_CONFIG)
    control = view.find("Choices")
    image = view.find("Image")
    assert control is not None
    assert image is not None
    (task, _) = json.loads(make_tasks(GUESSES, folder="r", model="m"))
    result = task["predictions"][0]["result"][0]
    assert result["from_name"] == control.get("name")
    assert result["to_name"] == control.get("toName") == image.get("name")
    assert [choice.get("value") for choice in control] == ["crack", "no_crack", "unsure"]
    assert image.get("value") == "$image"


def test_tasks_are_json_for_every_reader() -> None:
    data = make_tasks(GUESSES, folder="r\udce9", model="m")
    assert "\\ud" not in data.decode()


def test_answers_come_back(tmp_path: Path) -> None:
    tasks = [
        make_task(f"wall-{n}.png", annotate(label))
        for n, label in enumerate(("crack", "no_crack", "unsure"))
    ]
    assert read_answers(export(tmp_path, tasks)) == [
        Answer("wall-0.png", "crack"),
        Answer("wall-1.png", "no_crack"),
        Answer("wall-2.png", "unsure"),
    ]


def test_people_who_do_not_agree_are_unsure(tmp_path: Path) -> None:
    tasks = [make_task("wall-1.png", annotate("crack"), annotate("no_crack"))]
    assert read_answers(export(tmp_path, tasks)) == [Answer("wall-1.png", "unsure")]


def test_people_who_agree_count_once(tmp_path: Path) -> None:
    tasks = [make_task("wall-1.png", annotate("crack"), annotate("crack"))]
    assert read_answers(export(tmp_path, tasks)) == [Answer("wall-1.png", "crack")]


def test_what_was_skipped_is_no_answer(tmp_path: Path) -> None:
    tasks = [make_task("wall-1.png", annotate("crack", was_cancelled=True), annotate())]
    assert read_answers(export(tmp_path, tasks)) == []


@pytest.mark.parametrize(
    "image",
    [
        "/data/local-files/?d=review/to_sort/wall-1.png",
        "/data/local-files/?d=..%2F..%2Fetc%2Fwall-1.png",
        "/data/local-files/?d=a%5Cwall-1.png",
        "https://example.org/tiles/wall-1.png?x=1",
        "../../wall-1.png",
    ],
)
def test_of_an_image_only_the_name_counts(tmp_path: Path, image: str) -> None:
    task = {"data": {"image": image}, "annotations": [annotate("crack")]}
    assert read_answers(export(tmp_path, [task])) == [Answer("wall-1.png", "crack")]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("{", ["cannot be read as JSON"]),
        ("[" * 100_000, ["cannot be read as JSON"]),
        ({"tasks": []}, ["expected a list of tasks"]),
        ([make_task("a-1.png"), {"image": "x", "label": "crack"}], ["entry 2", "JSON-MIN"]),
        ([3], ["entry 1"]),
        ([{"data": {}, "annotations": [annotate("crack")]}], ["entry 1", "neither"]),
        ([make_task("a-1.png", {"id": 1})], ["entry 1", "no result"]),
        ([make_task("a-1.png", annotate("rust"))], ["entry 1", "rust", "no_crack"]),
        ([make_task("a-1.png", {"result": [{"value": {"choices": []}}]})], ["entry 1", "one"]),
        ([make_task("a-1.png", {"result": [{"value": {"rectanglelabels": ["crack"]}}]})], ["one"]),
        ([make_task("a-1.png", {"result": ["crack"]})], ["entry 1"]),
    ],
)
def test_an_export_that_is_none_is_refused_with_the_entry(
    tmp_path: Path, value: Any, words: list[str]
) -> None:
    path = export(tmp_path, value)
    with pytest.raises(DataError) as caught:
        read_answers(path)
    assert str(path) in str(caught.value)
    assert all(word in str(caught.value) for word in words)


def test_a_missing_export_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"absent\.json"):
        read_answers(tmp_path / "absent.json")
