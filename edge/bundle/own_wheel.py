"""Our own wheel: built from the checkout that runs here, or repacked from the installation.

What runs on the device is what runs here. No tool makes a wheel of an installed package, so it is
repacked file by file, each compared with the hash that pip recorded.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path

from edge.bundle.download import last_error, run_pip
from edge.files.errors import EnvironmentLacksError

OWN_NAME = "crack-edge"
# Where these lie beside our packages, it is a checkout.
_PROJECT_FILES = ("setup.cfg", "pyproject.toml")
_OLDEST_SETUPTOOLS = 77
# Installers write these; they describe this machine.
_OF_INSTALLERS = ("INSTALLER", "REQUESTED", "RECORD", "direct_url.json", "uv_cache.json")
# The oldest date that a zip can hold, and that date in seconds, which setuptools obeys: the same
# files give the same bytes.
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_ZIP_SECONDS = "315532800"
_FILE_MODE = 0o100644


def make_own_wheel(folder: Path) -> Path:
    """Write the wheel of this crack-edge into a folder; return its path.

    Raises:
        EnvironmentLacksError: the installation was changed, or the checkout cannot be built here.
    """
    import edge

    home = Path(edge.__file__).resolve().parent.parent
    if all((home / name).is_file() for name in _PROJECT_FILES):
        return build_wheel(home, folder)
    for distribution in metadata.distributions(name=OWN_NAME):
        if Path(str(distribution.locate_file(""))).resolve() == home:
            return repack_wheel(distribution, folder)
    raise EnvironmentLacksError(
        f"{home}: crack-edge was copied here, not installed; install it with pip"
    )


def repack_wheel(distribution: metadata.Distribution, folder: Path) -> Path:
    """Repack an installed distribution to the wheel that it was installed from.

    Left out are programs and compiled files, which pip makes anew, and what pip recorded.

    Args:
        distribution: that is installed.
        folder: for the wheel.

    Raises:
        EnvironmentLacksError: a file is missing or is not the one that was installed.
    """
    info, files = _read_record(distribution)
    contents = {name: _read_checked(distribution, name, hash_) for name, hash_ in files.items()}
    tags = re.findall(r"^Tag: (\S+)$", contents[f"{info}/WHEEL"].decode(), re.MULTILINE)
    path = folder / f"{info.removesuffix('.dist-info')}-{_join_tags(tags)}.whl"
    record = f"{info}/RECORD"
    contents[record] = _write_record(contents, record)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in contents.items():
            entry = zipfile.ZipInfo(name, _ZIP_DATE)
            entry.external_attr = _FILE_MODE << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return path


def build_wheel(source: Path, folder: Path) -> Path:
    """Build the wheel of a checkout, which is left as it is.

    Args:
        source: folder of setup.cfg.
        folder: for the wheel.

    Raises:
        EnvironmentLacksError: setuptools is missing or too old, or the build fails.
    """
    _require_setuptools()
    out, settings = folder / "built", folder / "setuptools.cfg"
    # Elsewhere than in the checkout: files of older builds there would be packed too.
    settings.write_text(
        f"[build]\nbuild_base = {folder / 'build'}\n[egg_info]\negg_base = {folder}\n",
        encoding="utf-8",
    )
    # Not isolated: that would download setuptools.
    words = ["wheel", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", str(out)]
    environ = {"DIST_EXTRA_CONFIG": str(settings), "SOURCE_DATE_EPOCH": _ZIP_SECONDS}
    code, said = run_pip([*words, str(source)], folder, environ)
    if code != 0:
        raise EnvironmentLacksError(f"{source}: the wheel cannot be built: {last_error(said)}")
    (path,) = out.glob("*.whl")
    return path


def _require_setuptools() -> None:
    try:
        found = metadata.version("setuptools")
    except metadata.PackageNotFoundError:
        found = "none"
    major = found.partition(".")[0]
    if not major.isdecimal() or int(major) < _OLDEST_SETUPTOOLS:
        raise EnvironmentLacksError(
            f"a bundle from a checkout needs setuptools {_OLDEST_SETUPTOOLS} or newer, found "
            f"{found}: pip install 'setuptools>={_OLDEST_SETUPTOOLS}'"
        )


def _read_record(distribution: metadata.Distribution) -> tuple[str, dict[str, str]]:
    """Return the folder of metadata, and the hash of each file that a wheel holds, by name."""
    rows = list(csv.reader(io.StringIO(distribution.read_text("RECORD") or "")))
    infos = [row[0] for row in rows if row and re.fullmatch(r"[^/]+\.dist-info/METADATA", row[0])]
    if len(infos) != 1:
        raise EnvironmentLacksError(_damaged("RECORD of crack-edge", "does not list its files"))
    info = infos[0].partition("/")[0]
    files = {
        name: hash_
        for name, hash_, *_ in (row for row in rows if len(row) >= 2)
        if not name.startswith(("..", "/"))
        and "__pycache__" not in name.split("/")
        and name not in {f"{info}/{one}" for one in _OF_INSTALLERS}
    }
    # Metadata last, as a wheel should have them.
    return info, {
        name: files[name]
        for name in sorted(files, key=lambda name: (name.startswith(f"{info}/"), name))
    }


def _read_checked(distribution: metadata.Distribution, name: str, expected: str) -> bytes:
    path = Path(str(distribution.locate_file(name)))
    try:
        data = path.read_bytes()
    except OSError as error:
        raise EnvironmentLacksError(_damaged(path, error.strerror or "")) from error
    if _hash_of(data) != expected:
        raise EnvironmentLacksError(_damaged(path, "was changed after the installation"))
    return data


def _damaged(where: Path | str, what: str) -> str:
    return f"{where}: {what}; install crack-edge again: pip install --force-reinstall --no-deps"


def _hash_of(data: bytes) -> str:
    """Return a hash as RECORD has it."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
    return f"sha256={digest}"


def _write_record(contents: Mapping[str, bytes], record: str) -> bytes:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerows((name, _hash_of(data), len(data)) for name, data in contents.items())
    rows.writerow((record, "", ""))
    return text.getvalue().encode()


def _join_tags(tags: Iterable[str]) -> str:
    """Return all tags as the name of a file has them: py2.py3-none-any."""
    columns = zip(*(tag.split("-") for tag in tags), strict=True)
    return "-".join(".".join(dict.fromkeys(column)) for column in columns)
