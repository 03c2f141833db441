"""``crack-edge benchmark`` from the outside: what it measures, writes and refuses."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from benchmarks.output.results_file import read_results, write_results
from benchmarks.output.write import explain_missing, is_installed
from benchmarks.run.benchmark import BenchmarkSettings, benchmark, choose_backends
from crack_edge.__main__ import main
from edge.files.progress import Silent
from tests.drawn_dataset import write_class_folders
from tests.unit.benchmarks.results_made import make_results

QUICK = ("--max-seconds", "1", "--threads", "1", "--skip", "throughput", "--skip", "stages")


def _run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["benchmark", *map(str, words)])


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
    assert {path.name for path in out.iterdir()} >= {"results.csv", "results.md"}
    assert (out / "report.html").exists() == is_installed("jinja2")
    assert ("pip install" in printed.stderr) == bool(explain_missing())


def test_a_run_ends_on_a_conclusion_the_report_and_the_next_command(
    measured: tuple[Path, Result],
) -> None:
    out, printed = measured
    lines = printed.stdout.splitlines()
    assert any(line.startswith("small.int8.tflite on LiteRT takes ") for line in lines)
    assert lines[-2].startswith(f"report: {out}/")
    assert lines[-1] == "next: crack-edge scan YOUR-PHOTOS --model small"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nothing.tflite",), "nothing.tflite: no such model file"),
        (("small", "--data", "nothing"), "nothing: no such folder or manifest"),
        (("small", "--data", "{data}", "--parent", "nothing.keras"), "nothing.keras: no such"),
    ],
)
def test_what_is_missing_is_told_before_anything_is_measured(
    tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    pytest.importorskip("ai_edge_litert")
    data = tmp_path / "data"
    write_class_folders(data, count=4, size_px=64, seed=2)
    refused = _run(*(word.format(data=data) for word in words), "--out", tmp_path / "out")
    assert refused.exit_code == 2
    (line,) = refused.stderr.splitlines()
    assert said in line
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_measured(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").touch()
    refused = _run("small", "--out", tmp_path / "file" / "out")
    assert refused.exit_code == 2
    (line,) = refused.stderr.splitlines()
    assert "cannot be written" in line


def test_results_name_no_folder_and_no_host(measured: tuple[Path, Result]) -> None:
    out, _ = measured
    assert str(out.parent) not in (out / "results.json").read_text()


def test_a_report_can_be_written_again_from_the_results(
    measured: tuple[Path, Result], tmp_path: Path
) -> None:
    out, printed = measured
    again = _run("--from", out / "results.json", "--out", tmp_path / "again")
    assert again.exit_code == 0, again.stderr
    for path in out.iterdir():
        assert path.is_dir() or (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()
    assert again.stdout.splitlines()[:-2] == printed.stdout.splitlines()[:-2]


def test_results_that_stand_are_not_replaced_and_nothing_is_measured(
    measured: tuple[Path, Result],
) -> None:
    out, _ = measured
    refused = _run("small", "--out", out, *QUICK)
    assert refused.exit_code == 2
    (line,) = refused.stderr.splitlines()
    assert line.startswith(f"Error: {out / 'results.json'}: exists already")


def test_limits_that_are_missed_are_named_and_the_results_are_kept(tmp_path: Path) -> None:
    pytest.importorskip("ai_edge_litert")
    words = ("--max-p90-ms", "0.001", "--min-recall", "0.9", "--skip", "cold-start")
    missed = _run("small", *QUICK, "--view", "tile", *words, "--out", tmp_path / "out")
    assert missed.exit_code == 1
    error = missed.stderr.splitlines()[-1]
    assert "p90" in error
    assert "0.001" in error
    assert "--data" in error
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
    assert results["cold_start"] == results["stages"] == []
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
        (("--view", "sparse"), "--view"),
        (("--skip", "everything"), "--skip"),
    ],
)
def test_a_wrong_option_is_refused(words: tuple[str, ...], option: str, tmp_path: Path) -> None:
    refused = _run("small", "--out", tmp_path / "out", *words)
    assert refused.exit_code == 2
    assert option in refused.stderr.splitlines()[-1]


def test_the_help_explains_every_option() -> None:
    command = main.get_command(None, "benchmark")  # type: ignore[arg-type]
    assert command is not None
    options = [one for one in command.params if isinstance(one, click.Option)]
    assert all(option.help for option in options)
    shown = _run("--help").stdout
    assert all(option.opts[0] in shown for option in options if not option.hidden)


@pytest.mark.parametrize("words", [(), ("small", "--from", "results.json")])
def test_either_models_or_results_are_given(words: tuple[str, ...], tmp_path: Path) -> None:
    refused = _run(*words, "--out", tmp_path / "out")
    assert refused.exit_code == 2
    assert "--from" in refused.stderr


def test_a_file_that_is_not_results_is_named(tmp_path: Path) -> None:
    results = make_results()
    results["latency"]["rows"][0]["p90_ms"]["value"] = "fast"
    (tmp_path / "odd.json").write_text(json.dumps(results))
    for name, words in (("odd.json", "latency.rows[0].p90_ms.value"), ("none.json", "")):
        refused = _run("--from", tmp_path / name, "--out", tmp_path / "out")
        assert refused.exit_code == 2
        (line,) = refused.stderr.splitlines()
        assert name in line
        assert words in line


def test_results_of_another_machine_are_compared_with_limits(tmp_path: Path) -> None:
    write_results(tmp_path / "pi.json", make_results(), force=False)
    words = ("--from", tmp_path / "pi.json", "--force", "--out", tmp_path / "out")
    assert _run(*words, "--max-rss-mb", "111").exit_code == 0
    missed = _run(*words, "--max-rss-mb", "109")
    assert missed.exit_code == 1
    assert "peak memory 110 MB, the limit is 109 MB" in missed.stderr
