"""The README's tables, made from the results that commands wrote."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from edge.errors import InputError
from edge.modelfile import find_model, read_tflite

README = Path(__file__).parent.parent / "README.md"
RESULTS = Path(__file__).parent / "results"

_MARKED = re.compile(r"(<!-- table: (?P<name>[a-z0-9-]+) -->\n)(?:\|.*\n)*(<!-- end -->)")


def fill_tables(text: str, results: Path) -> str:
    """Put each table between its marks ``<!-- table: NAME -->`` and ``<!-- end -->``.

    Args:
        text: of the README.
        results: folder with the JSON files.

    Raises:
        InputError: a mark names no table.
    """

    def fill(match: re.Match[str]) -> str:
        name = match["name"]
        if name not in _TABLES:
            raise InputError(f"the README names a table {name!r}; known: {', '.join(_TABLES)}")
        return f"{match[1]}{_TABLES[name](results)}\n{match[3]}"

    return _MARKED.sub(fill, text)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _figures(name: str, row: Mapping[str, Any]) -> list[str]:
    keys = ("accuracy", "precision", "recall", "f1", "auc")
    return [name, f"{row['n']}", *("-" if row[k] is None else f"{row[k]:.3f}" for k in keys)]


def _read(results: Path, name: str) -> Any:
    return json.loads((results / name).read_text())


def _test_split(results: Path) -> str:
    report = _read(results, "default-test-split.json")
    rows = [_figures(source, row) for source, row in report["per_source"].items()]
    head = ("test split of", "pictures", "accuracy", "precision", "recall", "F1", "AUC")
    return _table(head, [*rows, _figures("all", report)])


def _photos(results: Path) -> str:
    rows = []
    for mode, words in (("dense", "dense"), ("tiles", "single tiles")):
        report = _read(results, f"default-photos-{mode}.json")
        rows.append(_figures(f"{words}, int8", report))
    for mode, words in (("dense", "dense"), ("tiles", "single tiles")):
        report = _read(results, f"default-photos-{mode}-float32.json")
        rows.append(_figures(f"{words}, float32", report))
    head = ("squares of whole photos", "squares", "accuracy", "precision", "recall", "F1", "AUC")
    return _table(head, rows)


def _regions(results: Path) -> str:
    rows = []
    for name in ("default", "small"):
        found = _read(results, f"{name}-photos-dense.json")["regions"]
        for words, ending in ((f"sure, from {found['crack_threshold']:.2f}", "_sure"), ("all", "")):
            rows.append(
                [
                    f"`{name}`, {words}",
                    f"{found[f'recall{ending}']:.3f}",
                    f"{found['sure' if ending else 'regions'] / len(found['per_photo']):.1f}",
                    f"{found[f'false{ending}_per_photo']:.1f}",
                ]
            )
    head = ("regions", "squares with a crack found", "regions a photo", "of them touch no crack")
    return _table(head, rows)


def _speed(results: Path) -> str:
    report = _read(results, "scan-speed.json")
    rows = []
    for what, ratio in report["ratios"].items():
        name = what
        for peer, version in report["peers"].items():
            name = name.replace(peer, f"{peer} {version}")
        rows.append([name, f"{ratio['median']:.2f}", f"{ratio['p10']:.2f} to {ratio['p90']:.2f}"])
    return _table(("time of a scan", "median ratio", "middle 80 % of the rounds"), rows)


def _memory(results: Path) -> str:
    report = _read(results, "scan-memory.json")
    row = [f"{report['scan']['megapixels']:.0f}", f"{report['peak_mb']:.0f}"]
    head = ("GeoTIFF, Mpx", f"peak of memory (RSS), MB, on {report['machine']['cores']} cores")
    return _table(head, [row])


def _models(results: Path) -> str:
    rows = []
    for name in ("default", "small"):
        report = _read(results, f"{name}-test-split.json")
        aucs = [f"{row['auc']:.3f}" for row in (*report["per_source"].values(), report)]
        squares = [
            f"{_read(results, f'{name}-photos-{mode}.json')['auc']:.3f}"
            for mode in ("dense", "tiles")
        ]
        rows.append([f"`{name}`", *aucs, *squares])
    sources = _read(results, "default-test-split.json")["per_source"]
    return _table(("AUC", *sources, "all", "squares, dense", "squares, tiles"), rows)


def _training(results: Path) -> str:
    report = _read(results, "trainer-speed.json")
    ratio = report["ratio"]
    row = [
        "trainer to bare training steps",
        f"{ratio['median']:.2f}",
        f"{ratio['p10']:.2f} to {ratio['p90']:.2f}",
    ]
    return _table(("pictures per second", "median ratio", "middle 80 % of the rounds"), [row])


def _formats(results: Path) -> str:
    rows = []
    for name, row in _read(results, "formats.json")["formats"].items():
        ratio = row["latency_ratio"]
        rows.append(
            [
                f"`{name}`",
                f"{row['bytes'] / 1e6:.1f}",
                f"{row['size_ratio']:.2f}",
                f"{ratio['median']:.2f}",
                f"{ratio['p10']:.2f} to {ratio['p90']:.2f}",
            ]
        )
    head = ("format", "size, MB", "size ratio", "latency, median ratio", "middle 80 %")
    return _table(head, rows)


def _int8(_: Path) -> str:
    """Hold the shipped int8 files against their parents, by what ``convert`` wrote into them."""
    default, small = (read_tflite(find_model(name)).card.metrics for name in ("default", "small"))
    rows = []
    for name, row in (*default["per_source"].items(), ("all", default), ("all, `small`", small)):
        both = [
            f"{row['parent'][key]:.3f} → {row['model'][key]:.3f}" for key in ("recall", "f1", "auc")
        ]
        rows.append([name, f"{row['n']}", f"{row['flips']}", f"{row['agreement']:.4f}", *both])
    head = ("test split of", "pictures", "turned", "agreement", "recall", "F1", "AUC")
    return _table(head, rows)


_TABLES: Mapping[str, Callable[[Path], str]] = {
    "test-split": _test_split,
    "photos": _photos,
    "regions": _regions,
    "speed": _speed,
    "memory": _memory,
    "models": _models,
    "training": _training,
    "formats": _formats,
    "int8": _int8,
}
