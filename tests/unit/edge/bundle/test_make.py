"""A bundle holds all that a device needs, each file with its hash, and says what it is."""

from __future__ import annotations

import hashlib
import json
import tarfile
from pathlib import Path

import pytest

from edge import __version__
from edge.bundle.make import Service, list_roots, make_bundle
from edge.bundle.platforms import PLATFORMS, Platform
from edge.files.errors import ModelError, OutputError
from edge.files.progress import Silent
from edge.model.tflite_file import shipped_models
from tests.unit.edge.bundle.wheels_made import write_needed, write_own

BOOKWORM, TRIXIE = PLATFORMS["pi-bookworm"], PLATFORMS["pi-trixie"]
SERVICE = Service(
    unit="[Unit]\n",
    words=("python", "live"),
    settings={"token": b"s3cret-s3cret\n", "mqtt-ca.pem": b"---\n"},
    secrets=("token",),
    page="http://DEVICE/",
)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    make_bundle(
        shipped_models()["small"],
        folder / "pi.tar.gz",
        service=SERVICE,
        platform=BOOKWORM,
        wheels=write_needed(folder / "wheels"),
        progress=Silent(),
        make_wheel=write_own,
    )
    return folder / "pi.tar.gz"


@pytest.fixture(scope="module")
def contents(bundle: Path) -> dict[str, bytes]:
    with tarfile.open(bundle, "r:gz") as archive:
        return {
            member.name.removeprefix("crack-edge-bundle/"): archive.extractfile(member).read()
            for member in archive
            if member.isfile()
        }


def test_all_files_are_there_and_nothing_else(contents: dict[str, bytes]) -> None:
    wheels = sorted(name for name in contents if name.startswith("wheels/"))
    assert [name.split("-")[0] for name in wheels] == [
        *("wheels/ai_edge_litert", "wheels/click", "wheels/crack_edge", "wheels/numpy"),
        *("wheels/opencv_python_headless", "wheels/paho_mqtt", "wheels/pip"),
        *("wheels/starlette", "wheels/uvicorn"),
    ]
    assert sorted(set(contents) - set(wheels)) == [
        *("README.txt", "SHA256SUMS", "bundle.json", "crack-edge.service", "install.sh"),
        *("models/small.int8.tflite", "settings/mqtt-ca.pem", "settings/token"),
    ]


def test_every_other_file_has_its_hash(contents: dict[str, bytes]) -> None:
    lines = contents["SHA256SUMS"].decode().splitlines()
    assert {line[66:]: line[:64] for line in lines} == {
        name: hashlib.sha256(data).hexdigest()
        for name, data in contents.items()
        if name != "SHA256SUMS"
    }


def test_it_says_what_is_in_it(contents: dict[str, bytes]) -> None:
    facts = json.loads(contents["bundle.json"])
    assert facts["crack_edge"] == __version__
    assert facts["platform"]["name"] == "pi-bookworm"
    assert facts["platform"]["python"] == "3.11"
    assert facts["platforms"] == {"3.11": "pi-bookworm", "3.13": "pi-trixie"}
    model = contents["models/small.int8.tflite"]
    assert facts["model"] == {
        "name": "small",
        "file": "small.int8.tflite",
        "sha256": hashlib.sha256(model).hexdigest(),
    }
    assert model == shipped_models()["small"].read_bytes()
    assert {wheel["file"]: wheel["sha256"] for wheel in facts["wheels"]} == {
        name.removeprefix("wheels/"): hashlib.sha256(data).hexdigest()
        for name, data in contents.items()
        if name.startswith("wheels/")
    }
    assert facts["install"] == f"crack_edge-{__version__}-py3-none-any.whl[live]"
    assert facts["pip"] == "pip-25.0-py3-none-any.whl"
    assert facts["service"] == {
        "words": ["python", "live"],
        "settings": ["mqtt-ca.pem", "token"],
        "page": "http://DEVICE/",
        "uses_apt": False,
    }


def test_no_secret_stands_outside_its_own_file(contents: dict[str, bytes]) -> None:
    assert [name for name, data in contents.items() if b"s3cret-s3cret" in data] == [
        "settings/token"
    ]


def test_only_who_made_it_can_read_its_secrets(bundle: Path) -> None:
    assert bundle.stat().st_mode & 0o777 == 0o600
    with tarfile.open(bundle, "r:gz") as archive:
        modes = {member.name.split("/", 1)[-1]: member.mode for member in archive}
    assert (modes["settings/token"], modes["install.sh"], modes["README.txt"]) == (
        *(0o600, 0o755, 0o644),
    )


def test_the_readme_says_both_commands_and_what_is_secret(contents: dict[str, bytes]) -> None:
    text = contents["README.txt"].decode()
    assert "    tar xzf ARCHIVE\n    sudo sh crack-edge-bundle/install.sh\n" in text
    assert "hold secrets: token." in text
    assert "{" not in text
    assert max(map(len, text.splitlines())) <= 80


def test_the_same_bundle_is_the_same_bytes(bundle: Path, tmp_path: Path) -> None:
    report = make_bundle(
        shipped_models()["small"],
        tmp_path / "again.tar.gz",
        service=SERVICE,
        platform=BOOKWORM,
        wheels=write_needed(tmp_path / "wheels"),
        progress=Silent(),
        make_wheel=write_own,
    )
    data = (tmp_path / "again.tar.gz").read_bytes()
    assert data == bundle.read_bytes()
    assert report.sha256 == hashlib.sha256(data).hexdigest()
    assert report.size_bytes == len(data)


def test_what_is_there_already_stays(tmp_path: Path) -> None:
    out = tmp_path / "pi.tar.gz"
    out.write_text("precious")
    with pytest.raises(OutputError, match=r"pi\.tar\.gz: exists already.*--force"):
        make_bundle(
            shipped_models()["small"], out, service=SERVICE, platform=TRIXIE, progress=Silent()
        )
    assert out.read_text() == "precious"


def test_a_model_that_cannot_be_used_is_not_packed(tmp_path: Path) -> None:
    model = tmp_path / "m.tflite"
    model.write_bytes(shipped_models()["small"].read_bytes()[:-1000])
    with pytest.raises(ModelError, match=r"m\.tflite"):
        make_bundle(model, tmp_path / "out", service=SERVICE, platform=TRIXIE, progress=Silent())
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("platform", "model", "uses_apt", "expected"),
    [
        (TRIXIE, "m.tflite", False, ["crack-edge[live]", "pip"]),
        (TRIXIE, "m.tflite", True, ["crack-edge[live]", "pip"]),
        (BOOKWORM, "m.tflite", False, ["crack-edge[live]", "pip"]),
        (
            BOOKWORM,
            "m.onnx",
            True,
            ["numpy<2", "opencv-python-headless<4.12", "crack-edge[live,onnx]", "pip"],
        ),
    ],
)
def test_what_a_device_is_to_have(
    platform: Platform, model: str, uses_apt: bool, expected: list[str]
) -> None:
    roots = list_roots(platform, Path(model), uses_apt=uses_apt)
    assert [
        root.name + (f"[{','.join(sorted(root.extras))}]" if root.extras else "") + root.specifier
        for root in roots
    ] == expected
