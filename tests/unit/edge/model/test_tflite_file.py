"""One file: a flatbuffer, its card behind it, and no doubt that they belong together."""

from __future__ import annotations

import io
import shlex
import zipfile
from pathlib import Path

import pytest

from edge.files.errors import DamagedModelError, ModelError
from edge.files.hashing import sha256_of
from edge.model.tflite_file import (
    append_card,
    find_model,
    parse_tflite,
    read_tflite,
    shipped_models,
)
from tests.unit.fakes import make_card

MODEL = b"\0\0\0\0TFL3" + bytes(range(256))


def _write(folder: Path, data: bytes) -> Path:
    path = folder / "m.tflite"
    path.write_bytes(data)
    return path


def test_model_and_card_come_back(tmp_path: Path) -> None:
    card = make_card(name="small", quantization="int8")
    file = read_tflite(_write(tmp_path, append_card(MODEL, card)))
    assert file.model == MODEL
    assert file.card == make_card(name="small", quantization="int8", model_sha256=sha256_of(MODEL))


def test_the_runtime_sees_the_model_first_and_unchanged() -> None:
    assert append_card(MODEL, make_card()).startswith(MODEL)


def test_the_same_model_gives_the_same_bytes() -> None:
    assert append_card(MODEL, make_card()) == append_card(MODEL, make_card())
    assert append_card(MODEL, make_card()) != append_card(MODEL, make_card(threshold=0.4))


def test_the_file_does_not_say_when_it_was_made(tmp_path: Path) -> None:
    with zipfile.ZipFile(_write(tmp_path, append_card(MODEL, make_card()))) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_any_unzip_shows_the_labels_in_order(tmp_path: Path) -> None:
    path = _write(tmp_path, append_card(MODEL, make_card()))
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.read("labels.txt") == b"no_crack\ncrack\n"
        assert set(archive.namelist()) == {"labels.txt", "card.json"}


@pytest.mark.parametrize("place", [0, 8, len(MODEL) // 2, len(MODEL) - 1])
def test_a_flipped_bit_of_the_model_is_damage(tmp_path: Path, place: int) -> None:
    data = bytearray(append_card(MODEL, make_card()))
    data[place] ^= 0x01
    with pytest.raises(DamagedModelError, match=r"m\.tflite: damaged: the model does not match"):
        read_tflite(_write(tmp_path, data))


@pytest.mark.parametrize("place", range(4, 8))
def test_a_file_of_ours_without_the_mark_of_tflite_is_damage(tmp_path: Path, place: int) -> None:
    data = bytearray(append_card(MODEL, make_card()))
    data[place] ^= 0x01
    with pytest.raises(DamagedModelError, match=r"m\.tflite: damaged: it does not start like"):
        read_tflite(_write(tmp_path, data))


def test_bytes_put_between_model_and_card_are_damage(tmp_path: Path) -> None:
    data = append_card(MODEL, make_card())
    with pytest.raises(DamagedModelError, match="damaged"):
        read_tflite(_write(tmp_path, data[: len(MODEL)] + b"more" + data[len(MODEL) :]))


def _find_escaping_flips(data: bytes, places: range, mask: int) -> dict[int, str]:
    """Flip bits byte by byte and return what is neither the whole file nor told as damage."""
    whole = parse_tflite(data, where="m")
    escaped = {}
    for place in places:
        flipped = bytearray(data)
        flipped[place] ^= mask
        try:
            assert parse_tflite(bytes(flipped), where="m") == whole
        except DamagedModelError:
            pass
        except Exception as error:  # noqa: BLE001 - to list them all
            escaped[place] = repr(error)
    return escaped


@pytest.mark.parametrize("bit", range(8))
def test_any_flipped_bit_gives_the_same_file_or_is_damage(bit: int) -> None:
    data = append_card(MODEL, make_card(notes=("ü",)))
    assert _find_escaping_flips(data, range(len(data)), 1 << bit) == {}


@pytest.mark.parametrize("bit", range(8))
def test_any_flipped_bit_of_a_zip_that_another_tool_packed_is_damage_too(bit: int) -> None:
    file = io.BytesIO(MODEL)
    file.seek(len(MODEL))
    with (
        zipfile.ZipFile(io.BytesIO(append_card(MODEL, make_card()))) as own,
        zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as packed,
    ):
        for name in own.namelist():
            packed.writestr(name, own.read(name))
    data = file.getvalue()
    assert _find_escaping_flips(data, range(len(MODEL), len(data)), 1 << bit) == {}


@pytest.mark.parametrize("missing", [1, 20, 60, 200, 500])
def test_a_file_cut_short_is_damage(tmp_path: Path, missing: int) -> None:
    with pytest.raises(DamagedModelError, match=r"m\.tflite: damaged: its card cannot be read"):
        read_tflite(_write(tmp_path, append_card(MODEL, make_card())[:-missing]))


def test_labels_that_are_not_those_of_the_card_are_damage(tmp_path: Path) -> None:
    data = append_card(MODEL, make_card())
    other = append_card(MODEL, make_card(labels=("Negative", "Positive"), positive="Positive"))
    path = _write(tmp_path, MODEL)
    with zipfile.ZipFile(path, "a") as archive:
        for name, source in (("labels.txt", other), ("card.json", data)):
            with zipfile.ZipFile(io.BytesIO(source)) as whole:
                archive.writestr(name, whole.read(name))
    with pytest.raises(
        DamagedModelError, match=r"m\.tflite: damaged: labels\.txt does not match the card"
    ):
        read_tflite(path)


def test_files_that_others_put_into_the_zip_are_let_be(tmp_path: Path) -> None:
    path = _write(tmp_path, append_card(MODEL, make_card()))
    whole = read_tflite(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("notes.txt", "of the user")
    assert read_tflite(path) == whole


def test_a_model_without_a_card_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(
        ModelError, match=r"m\.tflite: has no model card; .*crack-edge convert"
    ) as got:
        read_tflite(_write(tmp_path, MODEL))
    assert got.value.exit_code == 2


def test_a_zip_without_a_card_is_refused(tmp_path: Path) -> None:
    path = _write(tmp_path, MODEL)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("labels.txt", "a\nb\n")
    with pytest.raises(ModelError, match="has no model card"):
        read_tflite(path)


@pytest.mark.parametrize("data", [b"", b"TFL3", b"PK\x03\x04 a zip", b"\x89HDF\r\n\x1a\n"])
def test_another_kind_of_file_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ModelError, match=r"m\.tflite: is not a TFLite model") as got:
        read_tflite(_write(tmp_path, data))
    assert got.value.exit_code == 2


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"gone\.tflite: cannot be read"):
        read_tflite(tmp_path / "gone.tflite")


@pytest.mark.parametrize("name", ["m.tflite", "m.onnx"])
def test_a_model_file_is_found_by_its_path(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")
    assert find_model(tmp_path / name) == tmp_path / name
    assert find_model(str(tmp_path / name)) == tmp_path / name


@pytest.mark.parametrize("name", ["model.keras", "weights.h5", "trained"])
def test_a_keras_model_or_its_folder_is_sent_to_convert(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if path.suffix:
        path.write_bytes(b"PK\x03\x04")
    else:
        path.mkdir()
    with pytest.raises(ModelError, match=rf"{name}: .*crack-edge convert .*{name} --out DIR"):
        find_model(path)


def test_a_file_of_another_kind_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "wall.jpg").write_bytes(b"")
    with pytest.raises(ModelError, match=r"wall\.jpg: is not a model file; expected .*tflite"):
        find_model(tmp_path / "wall.jpg")


def test_an_unknown_name_is_answered_with_the_names_there_are() -> None:
    with pytest.raises(ModelError, match=r"^nonesuch: no such model file; shipped models: ") as got:
        find_model("nonesuch")
    assert str(got.value).endswith(", ".join(shipped_models()) or "none")


def test_a_misspelt_name_is_answered_with_the_one_that_was_meant() -> None:
    with pytest.raises(ModelError, match=r"^defualt: .*did you mean default\? Shipped models: "):
        find_model("defualt")


@pytest.mark.parametrize(("name", "kind"), [("my run", "folder"), ("m.keras", "Keras model")])
def test_what_must_be_converted_first_is_answered_with_the_command(
    tmp_path: Path, name: str, kind: str
) -> None:
    path = tmp_path / name
    if kind == "folder":
        path.mkdir()
    else:
        path.touch()
    with pytest.raises(ModelError, match=rf"is a {kind}; expected a \.tflite or") as got:
        find_model(path)
    assert str(got.value).endswith(f"crack-edge convert {shlex.quote(str(path))} --out DIR")


def test_every_shipped_model_is_found_by_its_name_and_carries_its_card() -> None:
    for name, path in shipped_models().items():
        assert find_model(name) == path
        assert read_tflite(path).card.quantization == "int8"
