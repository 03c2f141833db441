"""Installed distributions: whether our folders are ours alone, and which extras are there."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.doctor.check import DISTRIBUTION, Check, VersionOf

FOLDERS = ("crack_edge", "edge", "trainer", "converters", "benchmarks")


@dataclass(frozen=True)
class Extra:
    """An extra of ours.

    Attributes:
        name: in brackets behind ``crack-edge``.
        purpose: what it is for.
        packages: each by its distributions, the usual one first.
    """

    name: str
    purpose: str
    packages: tuple[tuple[str, ...], ...]


_TENSORFLOW = ("tensorflow", "tensorflow-cpu", "tensorflow-intel")
_ONNX_RUNTIME = ("onnxruntime", "onnxruntime-gpu")
_PAGES = ("jinja2",)
# Python has a reader of TOML of its own from 3.11 on.
_TOML = (("tomli",),) if sys.version_info < (3, 11) else ()
# A device's first, then a workstation's. Without flatbuffers, which comes with each runtime.
EXTRAS = (
    Extra("live", "the live page and MQTT", (("starlette",), ("uvicorn",), ("paho-mqtt",), *_TOML)),
    Extra("geo", "scanning huge TIFFs", (("rasterio",),)),
    Extra("onnx", ".onnx models", (_ONNX_RUNTIME,)),
    Extra("plots", "benchmark plots", (("matplotlib",), _PAGES)),
    Extra(
        "train",
        "crack-edge train",
        (_TENSORFLOW, ("keras",), ("matplotlib",), ("tensorboard",), _PAGES),
    ),
    Extra(
        "convert",
        "crack-edge convert",
        (_TENSORFLOW, ("keras",), ("onnx",), ("tf2onnx",), _ONNX_RUNTIME, _PAGES),
    ),
    Extra("bundle", "crack-edge bundle", (("packaging",), ("pip",), ("setuptools",))),
)


def find_folders() -> dict[str, Path | None]:
    """Return where each of our top-level packages would be imported from."""
    places: dict[str, Path | None] = {}
    for name in FOLDERS:
        spec = importlib.util.find_spec(name)
        found = list(spec.submodule_search_locations or ()) if spec else []
        places[name] = Path(found[0]) if found else None
    return places


def check_extra(extra: Extra, version_of: VersionOf) -> Check:
    """Look for the packages of an extra, none of which scoring needs.

    Args:
        extra: the extra.
        version_of: version of a distribution, None if it is not installed.
    """
    name = f"extra {extra.name}"
    there: dict[str, str | None] = {}
    for names in extra.packages:
        installed = next((one for one in names if version_of(one) is not None), names[0])
        there[installed] = version_of(installed)
    missing = [one for one, version in there.items() if version is None]
    facts = {"packages": there}
    found = ", ".join(f"{one} {version}" for one, version in there.items() if version is not None)
    if not missing:
        return Check(name, "ok", found, facts=facts)
    remedy = f"for {extra.purpose}: pip install '{DISTRIBUTION}[{extra.name}]'"
    found = f"not installed: {', '.join(missing)}" if found else "not installed"
    return Check(name, "optional", found, remedy, facts)


def check_folders(
    version: str, owners: Mapping[str, Sequence[str]], places: Mapping[str, Path | None]
) -> Check:
    """Check whether our folders' generic names belong to us alone.

    Args:
        version: of this toolkit.
        owners: top-level name -> distributions that bring it.
        places: each of our folders' names -> where it would be imported from, None if nowhere.
    """
    name, facts = DISTRIBUTION, {"version": version}
    remedy = f"install {DISTRIBUTION} in its own environment (venv or pipx)"
    foreign = [
        f"{folder} also belongs to {distribution}"
        for folder in places
        for distribution in sorted(set(owners.get(folder, ())))
        if re.sub(r"[-_.]+", "-", distribution).lower() != DISTRIBUTION
    ]
    if foreign:
        return Check(name, "warning", f"{version}; {'; '.join(foreign)}", remedy, facts)
    home = places["edge"]
    missing = [folder for folder, place in places.items() if place is None]
    if home is None or missing:
        found = f"{version}; not found: {', '.join(missing)}"
        return Check(name, "warning", found, remedy, facts)
    astray = [
        f"{folder} comes from {place}"
        for folder, place in places.items()
        if place is not None and place.parent != home.parent
    ]
    if astray:
        found = f"{version}; {'; '.join(astray)}, edge from {home}"
        return Check(name, "warning", found, remedy, facts)
    return Check(name, "ok", f"{version} in {home.parent}", facts=facts)
