"""``crack-edge benchmark`` from the outside: what it measures, writes, compares and refuses."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from benchmarks.output.results_file import read_results, write_results
from benchmarks.run.benchmark import BenchmarkSettings, benchmark, choose_backends
from crack_edge.__main__ import main
from edge.evaluation.drawn_dataset import write_class_folders
from edge.files.progress import Silent
from tests.unit.bench.results_made import make_accuracy, make_latency_row, make_results

QUICK = ("--max-seconds", "1", "--threads", "1", "--skip", "throughput", "--skip", "stages")
SLOW_FILE = "default.int8.tflite"


def _run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["benchmark", *map(str, words)])


def _write(path: Path, results: dict[str, Any]) -> Path:
    write_results(path, results, force=False)
    return path


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """Measure the small model for a second; return the folder, and what was printed."""
    pytest.importorskip("ai_edge_litert")
    folder = tmp_path_factory.mktemp("bench")
    write_class_folders(folder / "data", count=12, size_px=64, seed=2)
    words = ("small", "--data", folder / "data", "--backend", "LiteRT", "--out", folder / "out")
    return folder / "out", _run(*words, *QUICK)


def test_a_run_prints_tables_and_writes_results_that_can_be_read_again(
    measured: tuple[Path, Result],
) -> None:
    out, printed = measured
    assert printed.exit_code == 0, printed.stderr
    assert "small.int8.tflite" in printed.stdout
    results = read_results(out / "results.json")
    assert {row["view"] for row in results["latency"]["rows"]} == {"tile", "dense"}
    assert results["throughput"] == results["stages"] == []
    (start,), (scored,) = results["cold_start"], results["accuracy"]["rows"]
    assert start["rss_tile_mb"] is None or 20 < start["rss_tile_mb"] < start["rss_dense_mb"]
    assert scored["n"] == 24
    assert results["settings"]["data"] == ["data"]
    assert {path.name for path in out.iterdir()} >= {"results.csv", "results.md", "report.html"}


def test_results_name_no_folder_and_no_host(measured: tuple[Path, Result]) -> None:
    out, _ = measured
    assert str(out.parent) not in (out / "results.json").read_text()


def test_a_report_can_be_written_again_from_the_results(
    measured: tuple[Path, Result], tmp_path: Path
) -> None:
    out, printed = measured
    again = _run("report", out / "results.json", "--out", tmp_path / "again")
    assert again.exit_code == 0, again.stderr
    assert (tmp_path / "again" / "report.html").read_bytes() == (out / "report.html").read_bytes()
    assert again.stdout.splitlines()[:-1] == printed.stdout.splitlines()[:-1]


def test_results_that_stand_are_not_replaced_and_nothing_is_measured(
    measured: tuple[Path, Result],
) -> None:
    out, _ = measured
    refused = _run("small", "--out", out, *QUICK)
    assert refused.exit_code == 2
    (line,) = refused.stderr.splitlines()
    assert line.startswith(f"Error: {out / 'results.json'}: exists already")


def test_bars_that_are_missed_are_named_and_the_results_are_kept(tmp_path: Path) -> None:
    pytest.importorskip("ai_edge_litert")
    words = ("--max-p90-ms", "0.001", "--min-recall", "0.9", "--max-rss-mb", "100000")
    missed = _run("small", *QUICK, "--view", "tile", *words, "--out", tmp_path / "out")
    assert missed.exit_code == 1
    error = missed.stderr.splitlines()[-1]
    assert "p90" in error
    assert "0.001" in error
    assert "--data" in error
    assert "100000" not in error
    assert read_results(tmp_path / "out" / "results.json")


def test_an_end_by_the_user_keeps_what_was_measured() -> None:
    pytest.importorskip("ai_edge_litert")
    asked: list[int] = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 25

    results = benchmark(
        ["small"], BenchmarkSettings(threads=(1,), views=("tile",)), progress=Silent(), stop=stop
    )
    assert results["latency"]["stopped"] == "interrupted"
    assert len(results["latency"]["rows"]) == 1
    assert results["cold_start"] == results["stages"] == results["energy"] == []
    assert results["accuracy"] is None


def test_a_backend_that_is_not_at_hand_is_named_with_those_that_are(tmp_path: Path) -> None:
    lacking = _run("small", "--backend", "Abacus", "--out", tmp_path / "out")
    assert lacking.exit_code == 3
    (line,) = lacking.stderr.splitlines()
    assert "Abacus" in line
    assert "at hand: " in line
    assert not (tmp_path / "out").exists()


def test_tf_lite_is_measured_only_when_it_is_asked_for() -> None:
    known = ["LiteRT", "tflite-runtime", "tf.lite"]
    assert choose_backends(known, ()) == ["LiteRT", "tflite-runtime"]
    assert choose_backends(known, ("all",)) == known
    assert choose_backends(known, ("tf.lite", "Keras")) == ["tf.lite"]
    assert choose_backends(["tf.lite"], ()) == ["tf.lite"]


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("--threads", "1,x"), "--threads"),
        (("--threads", "0"), "--threads"),
        (("--tolerance", "5"), "--tolerance"),
        (("--view", "sparse"), "--view"),
        (("--skip", "everything"), "--skip"),
    ],
)
def test_a_wrong_option_is_refused(words: tuple[str, ...], option: str, tmp_path: Path) -> None:
    refused = _run("small", "--out", tmp_path / "out", *words)
    assert refused.exit_code == 2
    assert option in refused.stderr.splitlines()[-1]


def test_the_help_shows_bars_and_the_other_commands() -> None:
    shown = _run("--help")
    assert shown.exit_code == 0
    for word in ("--max-p90-ms", "--against", "compare", "sweep", "report"):
        assert word in shown.stdout
    for command in ("compare", "sweep", "report"):
        helped = _run(command, "--help")
        assert helped.exit_code == 0
        assert f"benchmark {command} " in helped.stdout


def test_every_option_has_a_help() -> None:
    group: Any = main.get_command(None, "benchmark")  # type: ignore[arg-type]
    for command in group.commands.values():
        for option in command.params:
            assert option.param_type_name == "argument" or option.help, option.name


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path]:
    """Return results of a file, and of one that is slower by 20 % and finds fewer cracks."""
    base = make_results(
        [make_latency_row(SLOW_FILE, seed=1)], accuracy=make_accuracy({SLOW_FILE: 2.0})
    )
    worse = make_results(
        [make_latency_row(SLOW_FILE, median_ms=4.8, seed=2)],
        accuracy=make_accuracy({SLOW_FILE: 1.2}),
    )
    return _write(tmp_path / "a.json", base), _write(tmp_path / "b.json", worse)


def test_what_is_slower_and_worse_is_said_and_fails_a_gate_only_when_asked(
    runs: tuple[Path, Path],
) -> None:
    said = _run("compare", *runs)
    assert said.exit_code == 0, said.stderr
    assert "slower" in said.stdout
    assert "worse" in said.stdout
    gated = _run("compare", *runs, "--gate")
    assert gated.exit_code == 1
    assert "undisturbed_ms" in gated.stderr
    assert "recall" in gated.stderr
    assert _run("compare", *reversed(runs), "--gate").exit_code == 0


def test_a_comparison_can_be_read_by_machines(runs: tuple[Path, Path]) -> None:
    found = json.loads(_run("compare", *runs, "--json").stdout)
    assert {"slower", "worse"} <= {change["verdict"] for change in found["changes"]}


def test_equal_results_pass_the_gate(runs: tuple[Path, Path]) -> None:
    assert _run("compare", runs[0], runs[0], "--gate").exit_code == 0


def test_a_file_that_is_no_results_is_named(runs: tuple[Path, Path], tmp_path: Path) -> None:
    results = copy.deepcopy(read_results(runs[0]))
    results["latency"]["rows"][0]["p90_ms"]["value"] = "fast"
    (tmp_path / "odd.json").write_text(json.dumps(results))
    for name, words in (("odd.json", "latency.rows[0].p90_ms.value"), ("none.json", "")):
        refused = _run("compare", runs[0], tmp_path / name)
        assert refused.exit_code == 2
        (line,) = refused.stderr.splitlines()
        assert name in line
        assert words in line


def test_a_run_is_held_against_earlier_results(tmp_path: Path) -> None:
    pytest.importorskip("ai_edge_litert")
    base = _write(tmp_path / "base.json", make_results([make_latency_row("small.int8.tflite")]))
    held = _run("small", *QUICK, "--against", base, "--view", "tile", "--out", tmp_path / "out")
    # Made results are of another processor: a gate that cannot look does not pass.
    assert held.exit_code == 1
    assert "processor" in held.stderr
