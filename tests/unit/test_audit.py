"""An audit says what speaks against the figures of a training."""

from __future__ import annotations

import base64
import json
import os
import re
import sys
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result

from crack_edge.__main__ import main
from edge.evaluation.dataset import Sample
from edge.evaluation.synthetic import draw_tile
from edge.files.errors import DataError
from edge.files.progress import Silent
from edge.photo.codec import read_photo, write_photo
from tests.drawn_dataset import write_class_folders
from trainer.audit import Audit, Pair, audit, examine
from trainer.audit_page import SECTION_PAIRS, write_audit_page
from trainer.likeness import NearPair
from trainer.survey import Survey


def _draw(path: Path, seed: int, *, jpeg_quality: int = 90) -> Path:
    write_photo(path, draw_tile(96, seed=seed, crack=True).photo, jpeg_quality=jpeg_quality)
    return path


def _copy(path: Path, to: Path) -> Path:
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(path.read_bytes())
    return to


def _audit(*data: Path, group_regex: str | None = None) -> dict[str, Any]:
    return audit(data, progress=Silent(), group_regex=group_regex).facts


def _examine(
    samples: Sequence[Sample], digests: Sequence[str], near: Sequence[tuple[int, int]] = ()
) -> Audit:
    """Audit samples without pictures, by what was found of them."""
    count = len(samples)
    checked = Survey(
        list(samples),
        [],
        [(64, 64)] * count,
        list(digests),
        np.zeros((count, 64, 64), np.uint8),
        np.zeros((0, 33), np.float32),
    )
    return examine(checked, [NearPair(a, b, 0.9 - 0.1 * i) for i, (a, b) in enumerate(near)])


def _sample(name: str, split: str = "", label: str = "crack", group: str = "s/") -> Sample:
    return Sample(Path(f"/data/{name}.jpg"), label, group, split)


def test_a_sound_data_set_has_no_findings(tmp_path: Path) -> None:
    write_class_folders(tmp_path / "drawn", count=12, size_px=64, seed=1, photos=10)
    facts = _audit(tmp_path / "drawn")
    assert facts["findings"] == []
    assert facts["pictures"] == 24
    assert facts["classes"] == {"no_crack": 12, "crack": 12}
    assert facts["sizes"] == [{"width": 64, "height": 64, "pictures": 24}]
    assert facts["groups"] == {
        "count": 10,
        "by_look": 0,
        "largest": 4,
        "median": 2.0,
        "without_photo": 0,
    }
    assert facts["exact_duplicates"] == {"groups": 0, "surplus": 0, "conflicting": 0}
    assert facts["near_duplicates"]["pairs"] == 0
    assert "leaks" not in facts


def test_copies_are_counted_by_content_and_not_again_as_near_duplicates(tmp_path: Path) -> None:
    first = _draw(tmp_path / "set/crack/a.jpg", 1)
    _copy(first, tmp_path / "set/crack/b.jpg")
    _copy(first, tmp_path / "set/no_crack/c.jpg")
    second = _draw(tmp_path / "set/no_crack/d.jpg", 2)
    _copy(second, tmp_path / "set/no_crack/e.jpg")
    facts = _audit(tmp_path / "set")
    assert facts["exact_duplicates"] == {"groups": 2, "surplus": 3, "conflicting": 1}
    found = [{Path(f["path"]).name for f in files} for files in facts["exact_duplicate_files"]]
    assert sorted(found, key=min) == [{"a.jpg", "b.jpg", "c.jpg"}, {"d.jpg", "e.jpg"}]
    assert facts["near_duplicates"]["pairs"] == 0


def test_a_picture_stored_again_is_near_and_its_labels_are_compared(tmp_path: Path) -> None:
    for seed, label in ((1, "crack"), (2, "no_crack"), (3, "crack")):
        path = _draw(tmp_path / f"set/crack/{seed}.jpg", seed)
        if seed < 3:
            turned = np.ascontiguousarray(np.rot90(read_photo(path)))
            write_photo(tmp_path / f"set/{label}/{seed}-again.jpg", turned, jpeg_quality=60)
    found = audit([tmp_path / "set"], progress=Silent())
    near = found.facts["near_duplicates"]
    assert near == {
        "pairs": 2,
        "conflicting": 1,
        "pictures": 4,
        "clusters": 2,
        "largest_cluster": 2,
    }
    (told,) = found.facts["conflicting_near_pairs"]
    ends = {(Path(told[end]["path"]).name, told[end]["label"]) for end in ("first", "second")}
    assert ends == {("2.jpg", "crack"), ("2-again.jpg", "no_crack")}
    assert 0.45 <= told["correlation"] <= 1
    assert [pair.is_copy for pair in found.conflicts] == [False]


def test_files_that_cannot_be_read_have_a_line_each(tmp_path: Path) -> None:
    _draw(tmp_path / "set/crack/a.jpg", 1)
    for name in ("b.jpg", "c.png"):
        (tmp_path / "set/crack" / name).write_text("no picture")
    facts = _audit(tmp_path / "set")
    assert [re.search(r"\w\.\w+(?=:)", line)[0] for line in facts["unreadable"]] == [
        "b.jpg",
        "c.png",
    ]
    assert facts["pictures"] == 1


def test_sizes_come_commonest_first(tmp_path: Path) -> None:
    for number, side in enumerate((80, 90, 90, 90, 80, 70)):
        photo = np.full((side, 100, 3), number, np.uint8)
        write_photo(tmp_path / f"set/crack/{number}.png", photo)
    sizes = [(s["width"], s["height"], s["pictures"]) for s in _audit(tmp_path / "set")["sizes"]]
    assert sizes == [(100, 90, 3), (100, 80, 2), (100, 70, 1)]


def test_pictures_of_unknown_photo_are_no_group() -> None:
    samples = [_sample("a", "train"), _sample("b", "test"), _sample("c", "test", group="s/1")]
    facts = _examine(samples, "abc").facts
    assert facts["groups"]["count"] == 1
    assert facts["groups"]["without_photo"] == 2
    assert facts["leaks"]["groups"] == 0
    assert facts["sources"]["s"]["photos"] == 1
    assert any("2 pictures of unknown photo (s 2)" in finding for finding in facts["findings"])


def test_groups_by_look_are_groups_but_no_photos() -> None:
    samples = [_sample("a", "train", group="s/look-003"), _sample("b", "val", group="s/look-003")]
    facts = _examine(samples, "ab").facts
    assert facts["groups"] | {"median": 0} == {
        "count": 1,
        "by_look": 1,
        "largest": 2,
        "median": 0,
        "without_photo": 2,
    }
    assert facts["leaks"]["divided_groups"] == [
        {"group": "s/look-003", "splits": {"train": 1, "val": 1}}
    ]


def test_an_expression_names_the_photos(tmp_path: Path) -> None:
    for number in range(4):
        _draw(tmp_path / f"set/crack/DSC{number % 2}_{number}.jpg", number)
    assert _audit(tmp_path / "set")["groups"]["without_photo"] == 4
    groups = _audit(tmp_path / "set", group_regex=r"DSC\d")["groups"]
    assert (groups["count"], groups["largest"], groups["without_photo"]) == (2, 2, 0)


def test_a_source_with_one_label_is_named() -> None:
    samples = [_sample("a", group="wall/1"), _sample("b", label="no_crack", group="deck/1")]
    findings = " ".join(_examine(samples, "ab").facts["findings"])
    assert "wall has no picture labelled no_crack" in findings
    assert "deck has no picture labelled crack" in findings


def test_a_manifest_without_splits_has_no_leaks() -> None:
    assert "leaks" not in _examine([_sample("a"), _sample("b")], "aa").facts


def test_what_stands_on_both_sides_of_a_split_is_listed() -> None:
    samples = [
        *(_sample("1", "train", group="s/1"), _sample("2", "test", group="s/1")),
        *(_sample("3", "train"), _sample("4", "val"), _sample("5", "train")),  # copies
        *(_sample("6", "train"), _sample("7", "train")),  # copies in one split
        *(_sample("8", "train"), _sample("9", "test"), _sample("10", "train")),  # near
        *(_sample("11"), _sample("12", "test")),  # near, but one has no split
    ]
    found = _examine(samples, "abcccddefghi", near=[(7, 8), (7, 9), (10, 11)])
    leaks = found.facts["leaks"]
    assert (leaks["groups"], leaks["copies"], leaks["near_pairs"]) == (1, 1, 1)
    assert leaks["divided_groups"] == [{"group": "s/1", "splits": {"train": 1, "test": 1}}]
    assert [Path(one["path"]).stem for one in leaks["divided_copies"][0]] == ["3", "4", "5"]
    (pair,) = leaks["divided_near_pairs"]
    assert (pair["first"]["split"], pair["second"]["split"]) == ("train", "test")
    assert leaks["known_from_train"] == {
        "val": {"pictures": 1, "same_spot": 1, "same_group": 0},
        "test": {"pictures": 3, "same_spot": 1, "same_group": 1},
    }
    assert [pair.is_copy for pair in found.leaks] == [True, False]
    assert found.facts["findings"][0].startswith("1 of the 1 val pictures (100.0%) show a spot")


def test_a_near_duplicate_of_a_copy_counts_where_the_copy_stands() -> None:
    # b is near to a, in the same split and of the same label; a's copy is in another, of another.
    samples = [
        _sample("a", "train"),
        _sample("copy", "test", "no_crack"),
        _sample("b", "train"),
    ]
    found = _examine(samples, "aab", near=[(0, 2)])
    assert found.facts["leaks"]["near_pairs"] == 1
    assert found.facts["near_duplicates"]["conflicting"] == 1
    assert found.facts["exact_duplicates"]["conflicting"] == 1


def test_data_without_a_readable_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "crack").mkdir()
    (tmp_path / "crack" / "a.jpg").write_text("no picture")
    with pytest.raises(DataError, match="none of the 1 pictures"):
        _audit(tmp_path)


# The command


def _run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["audit", *map(str, arguments)])


@pytest.fixture
def leaking(tmp_path: Path) -> Path:
    """Write a manifest with a copied file, a divided photo and a near pair across its splits."""
    first = _draw(tmp_path / "7-1.jpg", 1)
    _copy(first, tmp_path / "9-1.jpg")
    _draw(tmp_path / "7-2.jpg", 2)
    _draw(tmp_path / "8-1.jpg", 2, jpeg_quality=60)
    manifest = tmp_path / "manifest.csv"
    manifest.write_text(
        "path,label,split\n7-1.jpg,crack,train\n7-2.jpg,no_crack,test\n"
        "9-1.jpg,crack,val\n8-1.jpg,no_crack,train\n"
    )
    return manifest


def test_json_on_stdout_has_the_keys_that_others_read(leaking: Path) -> None:
    result = _run(leaking, "--json")
    assert result.exit_code == 0, result.output
    facts = json.loads(result.stdout)
    assert facts["exact_duplicates"] == {"groups": 1, "surplus": 1, "conflicting": 0}
    assert facts["near_duplicates"]["pairs"] == 1
    assert facts["classes"] == {"no_crack": 2, "crack": 2}
    assert facts["groups"]["count"] == 3
    assert facts["unreadable"] == []
    counts = {key: facts["leaks"][key] for key in ("groups", "copies", "near_pairs")}
    assert counts == {"groups": 1, "copies": 1, "near_pairs": 1}


def test_the_summary_names_the_leaks_and_nothing_is_written(leaking: Path) -> None:
    before = sorted(leaking.parent.iterdir())
    result = _run(leaking)
    assert result.exit_code == 0, result.output
    assert "1 groups, 1 copied files, 1 pairs of near-duplicates" in result.stdout
    assert "1 of the 1 test pictures (100.0%)" in result.stdout
    assert sorted(leaking.parent.iterdir()) == before


def test_results_in_a_folder_are_kept_unless_forced(leaking: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert _run(leaking, "--out", out).exit_code == 0
    assert sorted(path.name for path in out.iterdir()) == ["audit.html", "audit.json"]
    (out / "audit.json").write_text("precious")
    refused = _run(leaking, "--out", out)
    assert refused.exit_code == 2
    assert "--force" in refused.stderr
    assert (out / "audit.json").read_text() == "precious"
    assert _run(leaking, "--out", out, "--force").exit_code == 0
    assert json.loads((out / "audit.json").read_text())["leaks"]["groups"] == 1


def test_a_wrong_expression_is_one_line(leaking: Path) -> None:
    result = _run(leaking, "--group-regex", "(")
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert "group-regex" in line


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_names_that_are_not_utf_8_are_told(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"Br\xfccke")
    first = _draw(folder / "crack/a.jpg", 1)
    _copy(first, folder / "no_crack/b.jpg")
    result = _run(folder, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "Br?cke" in result.stdout
    assert _run(folder, "--json").exit_code == 0
    assert "Br?cke" in (tmp_path / "out" / "audit.html").read_text()


# The page


class _Page(HTMLParser):
    """Gathers the sources of the pictures, the text, and all that would be loaded."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.images: list[str] = []
        self.tags: set[str] = set()
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        values = dict(attrs)
        assert "href" not in values
        if tag == "img":
            self.images.append(values["src"] or "")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_the_page_holds_its_pictures_and_loads_nothing(leaking: Path, tmp_path: Path) -> None:
    write_audit_page(tmp_path / "page.html", audit([leaking], progress=Silent()))
    text = (tmp_path / "page.html").read_text()
    page = _Page(text)
    assert not page.tags & {"script", "link", "iframe", "object"}
    assert "url(" not in text
    assert "@import" not in text
    assert page.images  # two leaks and a near pair, two pictures each
    assert len(page.images) == 6
    head = "data:image/jpeg;base64,"
    assert all(source.startswith(head) for source in page.images)
    data = np.frombuffer(base64.b64decode(page.images[2][len(head) :]), np.uint8)
    # The second pair are the copies of tile 1: near-duplicates come before copies here.
    thumb = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB)
    original = draw_tile(96, seed=1, crack=True).photo
    assert np.abs(thumb.astype(float) - original).mean() < 8  # the same picture, colours in order
    assert "7-2.jpg" in page.texts
    assert any("correlation 0." in part for part in page.texts)


def test_names_are_escaped(tmp_path: Path) -> None:
    name = "<img src=x onerror=alert(1)>&amp;'\""
    first = _draw(tmp_path / name / "crack" / f"{name}.jpg", 1)
    _copy(first, tmp_path / name / "no_crack" / f"{name}.jpg")
    (tmp_path / name / "crack" / "<b>.jpg").write_text("no picture")
    write_audit_page(tmp_path / "page.html", audit([tmp_path / name], progress=Silent()))
    page = _Page((tmp_path / "page.html").read_text())
    assert len(page.images) == 2
    assert all(source.startswith("data:") for source in page.images)
    assert f"crack/{name}.jpg" in page.texts
    assert any("<b>.jpg: is not a JPEG" in part for part in page.texts)


def test_the_page_is_bounded_and_outlives_its_pictures(tmp_path: Path) -> None:
    pairs = [Pair(_sample(f"a{i}"), _sample(f"b{i}"), i / 1000) for i in range(500)]
    found = _examine([_sample("a")], "a")
    write_audit_page(
        tmp_path / "page.html", Audit(found.facts, pairs[::2], [], list(reversed(pairs)))
    )
    page = _Page((tmp_path / "page.html").read_text())
    texts = "\n".join(page.texts)
    assert texts.count("correlation") == 2 * SECTION_PAIRS
    assert f"different labels: {SECTION_PAIRS} of 250" in texts
    least_certain = texts.partition("least certain first")[2]
    assert re.findall(r"correlation (0\.\d+)", least_certain)[:2] == ["0.00", "0.00"]
    assert "a499.jpg" not in least_certain
    assert page.images == []
