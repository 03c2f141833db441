"""The tables of README and docs, made from the results that commands wrote."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.project.benchmark_table import tabulate_benchmark
from benchmarks.project.cost_tables import tabulate_invoke_cost, tabulate_start_time
from benchmarks.project.device_table import tabulate_device
from benchmarks.project.markdown_table import make_table, read_results
from edge.files.errors import InputError
from edge.model.tflite_file import find_model, read_tflite

_ROOT = Path(__file__).parents[2]
README = _ROOT / "README.md"
DOCS = _ROOT / "docs"
RESULTS = Path(__file__).parents[1] / "results"

# How `live` is told to score the windows of that name in the results.
_LIVE_OPTIONS = {"center": "`tile --roi center`", "grid": "`tile`", "dense": "`dense`"}
_SETS = {
    "ozgenel": "Özgenel",
    "sdnet2018/Decks": "SDNET2018, decks",
    "sdnet2018/Pavements": "SDNET2018, pavements",
    "sdnet2018/Walls": "SDNET2018, walls",
}
_MARKED = re.compile(r"(<!-- table: (?P<name>[a-z0-9-]+) -->\n)(?:\|.*\n)*(<!-- end -->)")


def list_documents() -> list[Path]:
    """Return the README and the pages of docs."""
    return [README, *sorted(DOCS.glob("*.md"))]


def fill_tables(text: str, results: Path) -> str:
    """Put each table between its marks ``<!-- table: NAME -->`` and ``<!-- end -->``.

    Args:
        text: of a page.
        results: folder with the JSON files.

    Raises:
        InputError: a mark names no table.
    """

    def fill(match: re.Match[str]) -> str:
        name = match["name"]
        if name not in _TABLES:
            raise InputError(f"a page names a table {name!r}; known: {', '.join(_TABLES)}")
        return f"{match[1]}{_TABLES[name](results)}\n{match[3]}"

    return _MARKED.sub(fill, text)


def _figures(name: str, row: Mapping[str, Any]) -> list[str]:
    keys = ("accuracy", "precision", "recall", "f1", "auc")
    return [name, f"{row['n']}", *("-" if row[k] is None else f"{row[k]:.3f}" for k in keys)]


def _test_split(results: Path) -> str:
    report = read_results(results, "default-test-split.json")
    rows = [_figures(source, row) for source, row in report["per_source"].items()]
    head = ("test split of", "pictures", "accuracy", "precision", "recall", "F1", "AUC")
    return make_table(head, [*rows, _figures("all", report)])


def _honest(results: Path) -> str:
    """Return what the README shows: ever harder pictures, none of them trained on."""
    tiles = read_results(results, "default-test-split.json")
    squares = read_results(results, "default-photos-dense.json")
    rows = [(f"tiles: {_SETS[source]}", row) for source, row in tiles["per_source"].items()]
    rows += [("tiles: all of them", tiles), ("squares of whole photos: SDNET2018", squares)]
    keys = ("recall", "precision", "auc")
    cells = [[name, f"{row['n']}", *(f"{row[key]:.3f}" for key in keys)] for name, row in rows]
    return make_table(("measured on", "pictures", "recall", "precision", "AUC"), cells)


def _photos(results: Path) -> str:
    rows = []
    for mode, words in (("dense", "dense"), ("tiles", "single tiles")):
        report = read_results(results, f"default-photos-{mode}.json")
        rows.append(_figures(f"{words}, int8", report))
    for mode, words in (("dense", "dense"), ("tiles", "single tiles")):
        report = read_results(results, f"default-photos-{mode}-float32.json")
        rows.append(_figures(f"{words}, float32", report))
    head = ("squares of whole photos", "squares", "accuracy", "precision", "recall", "F1", "AUC")
    return make_table(head, rows)


def _regions(results: Path) -> str:
    rows = []
    for name in ("default", "small"):
        found = read_results(results, f"{name}-photos-dense.json")["regions"]
        for words, ending in ((f"sure, from {found['crack_threshold']:.2f}", "_sure"), ("all", "")):
            rows.append(
                [
                    f"`{name}`, {words}",
                    f"{found[f'recall{ending}']:.3f}",
                    f"{found['sure' if ending else 'regions'] / len(found['per_photo']):.1f}",
                    f"{found[f'false{ending}_per_photo']:.1f}",
                ]
            )
    head = ("regions", "cracked squares found", "regions per photo", "of these, false")
    return make_table(head, rows)


def _speed(results: Path) -> str:
    report = read_results(results, "scan-speed.json")
    rows = []
    for what, ratio in report["ratios"].items():
        name = what.replace(" to ours", " / crack-edge").replace(" to its bound", " / its bound")
        name = re.sub(r"^ours?\b", "crack-edge", name)
        for peer, version in report["peers"].items():
            name = name.replace(peer, f"{peer} {version}")
        rows.append([name, f"{ratio['median']:.2f}", f"{ratio['p10']:.2f} to {ratio['p90']:.2f}"])
    return make_table(("time of a scan", "median ratio", "middle 80 % of the rounds"), rows)


def _memory(results: Path) -> str:
    report = read_results(results, "scan-memory.json")
    row = [f"{report['scan']['megapixels']:.0f}", f"{report['peak_mb']:.0f}"]
    head = ("GeoTIFF, Mpx", f"peak of memory (RSS), MB, on {report['machine']['cores']} cores")
    return make_table(head, [row])


def _models(results: Path) -> str:
    rows = []
    for name in ("default", "small"):
        report = read_results(results, f"{name}-test-split.json")
        aucs = [f"{row['auc']:.3f}" for row in (*report["per_source"].values(), report)]
        squares = [
            f"{read_results(results, f'{name}-photos-{mode}.json')['auc']:.3f}"
            for mode in ("dense", "tiles")
        ]
        rows.append([f"`{name}`", *aucs, *squares])
    sources = read_results(results, "default-test-split.json")["per_source"]
    return make_table(("AUC", *sources, "all", "squares, dense", "squares, tiles"), rows)


def _training(results: Path) -> str:
    report = read_results(results, "trainer-speed.json")
    ratio = report["ratio"]
    row = [
        "trainer to bare training steps",
        f"{ratio['median']:.2f}",
        f"{ratio['p10']:.2f} to {ratio['p90']:.2f}",
    ]
    return make_table(("pictures per second", "median ratio", "middle 80 % of the rounds"), [row])


def _formats(results: Path) -> str:
    rows = []
    for name, row in read_results(results, "formats.json")["formats"].items():
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
    return make_table(head, rows)


def _live_time(results: Path) -> str:
    report = read_results(results, "live-time.json")
    rows = []
    for view, figures in report["views"].items():
        cells = [_LIVE_OPTIONS[view]]
        for share in ("median", "p90"):
            of = figures[share]
            cells += [f"{of['bare_ms']:.1f}", f"{of['added_ms']:.1f}", f"{of['limit_ms']:.1f}"]
        rows.append(cells)
    head = ("view", "median: bare invokes, ms", "added by the loop", "limit")
    return make_table((*head, "90th percentile: bare invokes, ms", *head[2:]), rows)


def _live_pan(results: Path) -> str:
    report = read_results(results, "live-pan.json")
    rows = []
    for view, of in report["views"].items():
        figures = of["figures"]
        rows.append(
            [_LIVE_OPTIONS[view], *_event_cells(figures), f"{figures['free_in_events']:.1%}"]
        )
    head = ("`--view`", *_EVENT_HEAD, "crack-free time in events")
    return make_table(head, rows)


def _live_thresholds(results: Path) -> str:
    report = read_results(results, "live-pan.json")
    rows = [
        [f"{row['threshold']:.2f}", *_event_cells(row), _or_dash(row["delay_s"])]
        for row in report["views"]["dense"]["sweep"]
        if row["smooth_s"] == report["settings"]["smooth_s"]
        and row["hold_s"] == report["settings"]["events"]["hold_s"]
    ]
    return make_table(("`--threshold`", *_EVENT_HEAD, "median delay, s"), rows)


_EVENT_HEAD = (
    "passing cracks found",
    "by an event already open",
    "event recall",
    "95 % interval",
    "cracked squares found",
    "false events per minute",
    "per crack-free minute",
)


def _event_cells(figures: Mapping[str, Any]) -> list[str]:
    low, high = figures["recall_interval"]
    return [
        f"{figures['passages_found']} of {figures['passages']}",
        f"{figures['passages_carried']}",
        f"{figures['recall']:.2f}",
        f"{low:.2f} to {high:.2f}",
        f"{figures['square_recall']:.2f}",
        f"{figures['false_per_minute']:.2f}",
        f"{figures['false_per_free_minute']:.2f}",
    ]


def _or_dash(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _live_viewers(results: Path) -> str:
    report = read_results(results, "live-viewers.json")
    rows = []
    for name, case in report["cases"].items():
        ratio, camera = case["ratio"], case["camera_alone"]
        rows.append(
            [
                name,
                f"{case['camera_fps']:.0f}",
                f"{camera['fps_looked_at']:.1f}",
                f"{camera['dropped_share']:.0%}",
                f"{ratio['median']:.3f}",
                f"{ratio['p10']:.3f} to {ratio['p90']:.3f}",
                f"{case['pictures_a_viewer_s']:.1f}",
            ]
        )
    head = ("the loop runs", "camera, frames/s", "scored, frames/s", "dropped")
    more = (f"rate with {report['viewers']} viewers / without", "middle 80 %")
    return make_table((*head, *more, "pictures per viewer, /s"), rows)


def _live_soak(results: Path) -> str:
    report = read_results(results, "live-soak.json")
    row = [
        f"{report['frames']:,}",
        f"{report['events']:,}",
        f"{report['losses']}",
        f"{report['begin_mb']:.1f}",
        f"{report['end_mb']:.1f}",
        f"{report['slope_kb_per_10000_frames']:.0f} ± {report['slope_error_kb']:.0f}",
    ]
    begin = f"memory (RSS) after {report['warm_up_frames']:,} frames, MB"
    head = ("frames", "events", "camera losses", begin, "at the end, MB")
    return make_table((*head, "slope, kB per 10,000 frames"), [row])


def _int8(_: Path) -> str:
    """Compare the shipped int8 files with their parents, by what ``convert`` wrote into them."""
    default, small = (read_tflite(find_model(name)).card.metrics for name in ("default", "small"))
    rows = []
    for name, row in (*default["per_source"].items(), ("all", default), ("all, `small`", small)):
        both = [
            f"{row['parent'][key]:.3f} → {row['model'][key]:.3f}" for key in ("recall", "f1", "auc")
        ]
        rows.append([name, f"{row['n']}", f"{row['flips']}", f"{row['agreement']:.4f}", *both])
    head = ("test split of", "pictures", "changed verdicts", "agreement", "recall", "F1", "AUC")
    return make_table(head, rows)


_TABLES: Mapping[str, Callable[[Path], str]] = {
    "honest": _honest,
    "test-split": _test_split,
    "photos": _photos,
    "regions": _regions,
    "speed": _speed,
    "memory": _memory,
    "models": _models,
    "training": _training,
    "formats": _formats,
    "int8": _int8,
    "live-time": _live_time,
    "live-pan": _live_pan,
    "live-thresholds": _live_thresholds,
    "live-viewers": _live_viewers,
    "live-soak": _live_soak,
    "benchmark": tabulate_benchmark,
    "invoke-cost": tabulate_invoke_cost,
    "start-time": tabulate_start_time,
    "device": tabulate_device,
}
