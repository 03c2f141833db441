"""Put a bundle together: one file with which a device watches a camera, without a network."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from edge.bundle import layout
from edge.bundle.archive import ArchiveEntry, list_sums, write_archive
from edge.bundle.closure import Demand, parse_demand
from edge.bundle.facts import BundleFacts, PackedModel, PackedService, gather_facts
from edge.bundle.gather import gather_wheels
from edge.bundle.own_wheel import OWN_NAME, make_own_wheel
from edge.bundle.platforms import Platform
from edge.bundle.wheel import Wheel
from edge.files.atomic_write import refuse_to_overwrite
from edge.files.formatting import count_of
from edge.files.hashing import sha256_of_file
from edge.files.progress import Progress

_SCRIPT_MODE = 0o755
# Who unpacks an archive as a user of the device must not lay its secrets open to all others.
_SECRET_MODE = 0o600
_SECRETS = """
The archive and the folder settings/ hold secrets: {names}.
Delete both from the device after installing: install.sh has copied the secrets
to {settings}, which only root can read.
"""


@dataclass(frozen=True)
class Service:
    """The service that a bundle brings.

    Attributes:
        unit: text of its unit.
        words: its command, as the unit has it.
        settings: files that it gets as credentials, by name.
        secrets: names of those that nobody else may read.
        page: where its page can be seen, in words; None for no page.
        uses_apt: whether it needs packages that apt installs on the device.
    """

    unit: str
    words: tuple[str, ...]
    settings: Mapping[str, bytes] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    page: str | None = None
    uses_apt: bool = False


@dataclass(frozen=True)
class BundleReport:
    """What was written.

    Attributes:
        path: of the archive.
        sha256: of the archive.
        size_bytes: of the archive.
        secrets: names of settings that nobody else may read.
        facts: as ``bundle.json`` has them.
    """

    path: Path
    sha256: str
    size_bytes: int
    secrets: tuple[str, ...]
    facts: BundleFacts


def make_bundle(
    model: Path,
    out: Path,
    *,
    service: Service,
    platform: Platform,
    wheels: Path | None = None,
    force: bool = False,
    progress: Progress,
    make_wheel: Callable[[Path], Path] = make_own_wheel,
) -> BundleReport:
    """Write the archive that installs a service on a device.

    Args:
        model: file; it is opened and must give its own scores here.
        out: path of the archive.
        service: that starts there.
        platform: of the device.
        wheels: folder with all wheels that the device needs; None to download them.
        force: an archive that exists is replaced.
        progress: is told what is done.
        make_wheel: writes our own wheel into a folder and returns its path.

    Raises:
        OutputError: the path exists already, or cannot be written.
        ModelError: the model cannot be used.
        SelfTestError: the model does not give its own scores here.
        InputError: a package without a wheel for the platform.
        EnvironmentLacksError: packages cannot be downloaded, or our own wheel cannot be made.
    """
    from edge.model.classifier import open_classifier

    refuse_to_overwrite(out, force=force)
    card = open_classifier(model).card
    progress.say(f"{model.name} passes its self-test on this machine")
    with tempfile.TemporaryDirectory(prefix="crack-edge-bundle-") as name:
        work = Path(name)
        own = make_wheel(_subfolder(work, "own"))
        gathered = gather_wheels(
            own,
            list_roots(platform, model, uses_apt=service.uses_apt),
            platform,
            work=_subfolder(work, "wheels"),
            wheels=wheels,
            progress=progress,
        )
        facts = gather_facts(
            gathered,
            platform,
            service=PackedService(
                service.words, tuple(sorted(service.settings)), service.page, service.uses_apt
            ),
            model=PackedModel(card.name, layout.name_model(model), sha256_of_file(model)),
            install=f"{own.name}[{','.join(_extras(model))}]",
        )
        entries = list_entries(gathered, model, service, facts)
        progress.say(f"packing {count_of(len(gathered), 'wheel')}")
        write_archive(out, layout.TOP, entries, private=bool(service.secrets))
    return BundleReport(out, sha256_of_file(out), out.stat().st_size, tuple(service.secrets), facts)


def list_roots(platform: Platform, model: Path, *, uses_apt: bool) -> list[Demand]:
    """Return what a device is to have; the rest follows from it.

    Args:
        platform: of the device.
        model: whose runtime is needed.
        uses_apt: packages of apt are used beside these.
    """
    ours = f"{OWN_NAME}[{','.join(_extras(model))}]"
    bounds = platform.bounds_of_apt if uses_apt else ()
    # A Debian Python brings no pip, not even in a new environment.
    return [
        *(parse_demand(bound, f"apt's packages on {platform.name}") for bound in bounds),
        *(parse_demand(text, "the bundle") for text in (ours, "pip")),
    ]


def list_entries(
    wheels: Sequence[Wheel], model: Path, service: Service, facts: BundleFacts
) -> list[ArchiveEntry]:
    """Return all files of a bundle, the hashes of the others among them."""
    package = resources.files("edge.bundle")
    readme = (package / layout.README).read_text(encoding="utf-8")
    secrets = (
        _SECRETS.format(names=", ".join(service.secrets), settings=layout.SETTINGS_THERE)
        if service.secrets
        else ""
    )
    text = readme.format(
        version=facts.crack_edge,
        system=facts.platform.system,
        model=facts.model.name,
        top=layout.TOP,
        environment=layout.ENVIRONMENT_THERE,
        records=layout.RECORDS_THERE,
        secrets=secrets,
    )
    # Bytes as they are: a Windows checkout's line ends would break the script.
    script = (package / layout.INSTALLER).read_bytes().replace(b"\r\n", b"\n")
    entries = [
        ArchiveEntry(layout.INSTALLER, script, _SCRIPT_MODE),
        ArchiveEntry(layout.README, text.encode()),
        ArchiveEntry(layout.FACTS, facts.to_json()),
        ArchiveEntry(layout.UNIT, service.unit.encode()),
        ArchiveEntry(f"{layout.MODELS}/{layout.name_model(model)}", model),
        *(ArchiveEntry(f"{layout.WHEELS}/{one.file}", one.path) for one in wheels),
        *(
            ArchiveEntry(f"{layout.SETTINGS}/{name}", data, _SECRET_MODE)
            for name, data in service.settings.items()
        ),
    ]
    return [*entries, ArchiveEntry(layout.SUMS, list_sums(entries))]


def _extras(model: Path) -> tuple[str, ...]:
    return ("live", "onnx") if model.suffix == ".onnx" else ("live",)


def _subfolder(folder: Path, name: str) -> Path:
    path = folder / name
    path.mkdir()
    return path
