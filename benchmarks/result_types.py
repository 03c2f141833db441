"""The parts of results.json, as they are made and read; ``results.schema.json`` explains each.

They are dictionaries, not dataclasses: a file is checked against the schema when it is read, and
what it holds beyond that is kept. Times are in ms, memory in MB of 10^6 bytes.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from edge.detect.settings import View

VIEWS: tuple[View, ...] = ("tile", "dense")
ReadingKey = Literal["load_cores", "temperature_c", "frequency_mhz", "memory_free_mb"]
TimeKey = Literal["p50_ms", "p90_ms", "p99_ms"]
TIME_KEYS: tuple[TimeKey, ...] = ("p50_ms", "p90_ms", "p99_ms")
PeakKey = Literal["rss_tile_mb", "rss_dense_mb"]
PEAK_KEYS: tuple[PeakKey, ...] = ("rss_tile_mb", "rss_dense_mb")
StartKey = Literal["python_ms", "import_ms", "open_ms", "first_score_ms"]
START_KEYS: tuple[StartKey, ...] = ("python_ms", "import_ms", "open_ms", "first_score_ms")
StageKey = Literal["decode_ms", "resize_ms", "invoke_ms", "rest_ms"]
STAGE_KEYS: tuple[StageKey, ...] = ("decode_ms", "resize_ms", "invoke_ms", "rest_ms")


class EstimateEntry(TypedDict):
    """A figure and the ends of its interval."""

    value: float
    low: float | None
    high: float | None


class ReadingEntry(TypedDict):
    """The machine at one moment."""

    load_cores: float | None
    temperature_c: float | None
    limits: list[str]
    frequency_mhz: float | None
    memory_free_mb: float | None


class ConditionsEntry(TypedDict):
    """What else the machine did while latencies were measured."""

    before: ReadingEntry
    after: ReadingEntry
    others_cores: float | None
    stolen_share: float | None
    disturbed: list[str]


class FileEntry(TypedDict):
    """A model file."""

    name: str
    sha256: str
    bytes: int
    model: str
    kind: str
    quantization: str
    input_px: int
    window_px: int
    threshold: float
    has_dense_view: bool
    parent_sha256: str | None


class ProblemEntry(TypedDict):
    """What could not be measured."""

    file: str
    backend: str
    text: str


class ReferenceEntry(TypedDict):
    """The reference workload."""

    what: str
    version: str
    median_ms: float


class SubjectRow(TypedDict):
    """A row on a file with a backend."""

    file: str
    backend: str


class TurnEntry(TypedDict):
    """The latencies of one turn."""

    session: int
    reference_ms: float
    ms: list[float]


class LatencyRow(SubjectRow):
    """Latencies of one view on a number of threads."""

    backend_version: str
    view: View
    threads: int
    shape_hw: list[int]
    n: int
    p50_ms: EstimateEntry
    p90_ms: EstimateEntry
    p99_ms: EstimateEntry
    mean_ms: float
    mpx_per_s: float
    is_steady: bool
    is_narrow: bool
    warm_up_turns: int
    turns: list[TurnEntry]


Stop = Literal["narrow", "time", "interrupted"]


class LatencyPart(TypedDict):
    """All latencies."""

    stopped: Stop
    seconds: float
    sessions: int
    rounds: int
    target: float
    rows: list[LatencyRow]


class ThroughputRow(SubjectRow):
    """Throughput of processes, each with a number of threads."""

    processes: int
    threads: int
    tiles_per_s: EstimateEntry


class ColdStartRow(SubjectRow):
    """Starts in fresh processes."""

    n: int
    python_ms: float
    import_ms: float
    open_ms: float
    first_score_ms: float
    total_ms: EstimateEntry
    rss_tile_mb: float | None
    rss_dense_mb: float | None


class StagesRow(SubjectRow):
    """Stages of one photo."""

    photo_mpx: float
    view: View
    decode_ms: float
    resize_ms: float
    invoke_ms: float
    rest_ms: float
    total_ms: float


class AgreementEntry(EstimateEntry):
    """Share of verdicts equal to those of the float parent."""

    parent: str
    flips: int


class AccuracyRow(SubjectRow):
    """Accuracy of one view; ``intervals`` and ``per_source`` are open in the schema."""

    view: View
    threshold: float
    n: int
    accuracy: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    auc: float | None
    confusion: dict[str, Any]
    intervals: dict[str, Any]
    units: int
    calibration_error: float | None
    brier: float | None
    agreement: AgreementEntry | None
    per_source: dict[str, Any]
    scores: list[float]


class SamplesEntry(TypedDict):
    """What was scored, in the order of each row's scores."""

    id: list[str]
    is_crack: list[bool]
    source: list[str]
    unit: list[str]


class AccuracyPart(TypedDict):
    """All accuracies."""

    data: dict[str, Any]
    samples: SamplesEntry
    rows: list[AccuracyRow]


class Results(TypedDict):
    """All of results.json."""

    kind: str
    version: int
    crack_edge: str
    made: str
    settings: dict[str, Any]
    machine: dict[str, Any]
    conditions: ConditionsEntry
    files: list[FileEntry]
    problems: list[ProblemEntry]
    reference_workload: ReferenceEntry | None
    latency: LatencyPart
    throughput: list[ThroughputRow]
    cold_start: list[ColdStartRow]
    stages: list[StagesRow]
    accuracy: AccuracyPart | None


def accuracy_rows(results: Results) -> list[AccuracyRow]:
    """Return the rows of accuracy; none where it was not measured."""
    return results["accuracy"]["rows"] if results["accuracy"] else []
