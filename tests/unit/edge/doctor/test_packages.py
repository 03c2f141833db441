"""The doctor's words about our folders and our extras."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest

from edge.doctor.packages import EXTRAS, FOLDERS, Extra, check_extra, check_folders
from tests.unit.edge.doctor.machines_made import installed

_SETUP = Path(__file__).resolve().parents[4] / "setup.cfg"
_TRAIN = Extra("train", "train", (("tensorflow", "tensorflow-cpu"), ("keras",)))

HOME = Path("/env/site-packages")
PLACES: dict[str, Path | None] = {name: HOME / name for name in FOLDERS}


def test_a_missing_extra_is_one_optional_line_with_the_pip_command() -> None:
    check = check_extra(_TRAIN, installed())
    assert (check.name, check.state, check.found) == ("extra train", "optional", "not installed")
    assert check.remedy == "for train: pip install 'crack-edge[train]'"
    assert check.facts == {"packages": {"tensorflow": None, "keras": None}}


def test_an_extra_that_is_there_in_part_says_what_is_missing() -> None:
    check = check_extra(_TRAIN, installed(keras="3.15.1"))
    assert (check.state, check.found) == ("optional", "not installed: tensorflow")


def test_an_extra_counts_under_another_distribution() -> None:
    check = check_extra(_TRAIN, installed(tensorflow_cpu="2.21.0", keras="3.15.1"))
    assert (check.state, check.found) == ("ok", "tensorflow-cpu 2.21.0, keras 3.15.1")


def test_the_extras_are_those_of_the_installation() -> None:
    config = configparser.ConfigParser()
    config.read(_SETUP, encoding="utf-8")
    section = config["options.extras_require"]
    for extra in EXTRAS:
        names = {names[0] for names in extra.packages} | {"flatbuffers", "tomli"}
        asked = set(re.findall(r"^\s*([a-z0-9-]+)", section[extra.name], re.MULTILINE))
        assert asked <= names
        assert names - asked <= {"flatbuffers", "tomli"}
    # Others are for those who develop it.
    others = {"all", "bench", "test", "dev"}
    assert set(section) - {extra.name for extra in EXTRAS} <= others


def test_folders_of_our_own_are_fine_however_the_name_is_spelled() -> None:
    owners = {name: ["crack_edge", "crack-edge"] for name in FOLDERS}
    check = check_folders("0.1.0", owners, PLACES)
    assert (check.state, check.found) == ("ok", f"0.1.0 in {HOME}")


def test_another_distribution_with_one_of_our_folders_is_named() -> None:
    check = check_folders("0.1.0", {"trainer": ["crack-edge", "gym-kit"]}, PLACES)
    assert check.state == "warning"
    assert "gym-kit" in check.found


@pytest.mark.parametrize("place", [Path("/elsewhere/trainer"), None])
def test_a_folder_that_comes_from_elsewhere_or_nowhere_is_named(place: Path | None) -> None:
    check = check_folders("0.1.0", {}, {**PLACES, "trainer": place})
    assert check.state == "warning"
    assert "trainer" in check.found
    assert "its own environment" in check.remedy
