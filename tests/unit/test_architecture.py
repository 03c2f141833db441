"""What the layers in pyproject.toml (import-linter) cannot say: extras, lazy imports, packaging."""

from __future__ import annotations

import ast
import configparser
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("crack_edge", "edge", "trainer", "converters", "benchmarks")
STDLIB = sys.stdlib_module_names
RUNTIMES = {"ai_edge_litert", "tflite_runtime", "onnxruntime"}
# Extras that edge may use inside a function.
OPTIONAL = RUNTIMES | {"rasterio", "picamera2", "tomli", "packaging", "jinja2"}
# Parts of edge that are made of an extra: they may import it anywhere, and others import these
# parts inside a function only.
MADE_OF = {"edge.live.web": {"starlette", "uvicorn"}, "edge.live.mqtt.connection": {"paho"}}
# What the project measures of itself: run from a checkout by ``python -m benchmarks.project``.
NOT_INSTALLED = {"benchmarks.project"}
HEAVY = (
    *("numpy", "cv2", "tensorflow", "keras", "onnx", "onnxruntime", "matplotlib", *OPTIONAL),
    *set().union(*MADE_OF.values()),
)


@dataclass(frozen=True)
class Import:
    """One imported module.

    Attributes:
        file: path below the root, for messages.
        line: in that file.
        module: full name; for ``from a import b`` both a and a.b are given.
        lazy: in a function or for the type checker only, so not run when the file is imported.
    """

    file: str
    line: int
    module: str
    lazy: bool

    @property
    def root(self) -> str:
        return self.module.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.module}"


def find_files(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def module_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def list_imports(source: str, file: str) -> list[Import]:
    """Return the imports of a source text, also those by ``import_module("name")``."""

    def visit(node: ast.AST, lazy: bool) -> Iterator[Import]:
        modules: list[str] = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno} a relative import"
            assert node.module is not None
            modules = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Call) and node.args:
            called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            called = node.func.id if isinstance(node.func, ast.Name) else called
            name = node.args[0]
            if called in ("import_module", "__import__") and isinstance(name, ast.Constant):
                modules = [str(name.value)]
        yield from (Import(file, getattr(node, "lineno", 0), name, lazy) for name in modules)
        inner = lazy or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        inner = inner or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
        for child in ast.iter_child_nodes(node):
            yield from visit(child, inner)

    return list(visit(ast.parse(source), lazy=False))


def part_in(module: str) -> str | None:
    """Return the part made of an extra that a module belongs to."""
    return next((part for part in MADE_OF if f"{module}.".startswith(f"{part}.")), None)


def part_of(file: str) -> str | None:
    return part_in(module_of(ROOT / file))


def extras_of(part: str | None) -> set[str]:
    return MADE_OF[part] if part else set()


def imports_of(package: str) -> list[Import]:
    return [
        found
        for file in find_files(package)
        for found in list_imports(file.read_text(encoding="utf-8"), str(file.relative_to(ROOT)))
    ]


def test_the_reader_sees_each_kind_of_import() -> None:
    source = (
        "import a.b\n"
        "from c import d\n"
        "if True:\n    import e\n"
        "if TYPE_CHECKING:\n    import i\n"
        "class K:\n    import f\n"
        "def function():\n    import g\n    importlib.import_module('h')\n"
    )
    eager = {found.module for found in list_imports(source, "x.py") if not found.lazy}
    lazy = {found.module for found in list_imports(source, "x.py") if found.lazy}
    assert eager == {"a.b", "c", "c.d", "e", "f"}
    assert lazy == {"g", "h", "i"}


def test_edge_imports_only_what_a_device_has() -> None:
    always = STDLIB | {"numpy", "cv2", "click", "edge"}
    wrong = [
        str(found)
        for found in imports_of("edge")
        if found.root not in always | extras_of(part_of(found.file))
        and not (found.lazy and found.root in OPTIONAL)
    ]
    assert not wrong


def test_a_part_made_of_an_extra_is_imported_inside_functions_only() -> None:
    wrong = [
        str(found)
        for package in PACKAGES
        for found in imports_of(package)
        if not found.lazy
        for part in [part_in(found.module)]
        if part and part != part_of(found.file)
    ]
    assert not wrong


def test_every_module_of_edge_lies_in_a_room() -> None:
    assert [path.name for path in (ROOT / "edge").glob("*.py")] == ["__init__.py"]


def test_a_command_file_loads_nothing_heavy_before_it_is_called() -> None:
    eager: dict[str, list[Import]] = {}
    for package in PACKAGES:
        for file in find_files(package):
            imports = list_imports(file.read_text(encoding="utf-8"), str(file.relative_to(ROOT)))
            eager[module_of(file)] = [one for one in imports if not one.lazy]

    # All that the command line pulls in at once, through our own modules too; the homes of the
    # Python API's names are loaded when one is used.
    todo = [
        module
        for module in eager
        if module.startswith("crack_edge") and not module.startswith("crack_edge.api.")
    ]
    seen: set[str] = set()
    wrong: list[str] = []
    while todo:
        module = todo.pop()
        if module in seen:
            continue
        seen.add(module)
        for found in eager[module]:
            if found.root in PACKAGES:
                todo += [name for name in (found.module, found.root) if name in eager]
            elif found.root not in STDLIB | {"click"}:
                wrong.append(str(found))
    assert not wrong


@pytest.mark.parametrize("words", [["--help"], ["doctor", "--help"], ["scan", "--help"]])
def test_help_in_a_fresh_process_imports_nothing_heavy(words: list[str]) -> None:
    program = (
        "import sys\n"
        "from crack_edge.__main__ import main\n"
        "main(sys.argv[1:], standalone_mode=False)\n"
        "print('modules:', *(name for name in sys.modules if '.' not in name))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    help_text, _, modules = done.stdout.partition("modules:")
    assert "Usage:" in help_text
    assert "crack_edge" in modules.split()
    assert not set(HEAVY) & set(modules.split())


def test_every_package_folder_is_installed_but_what_measures_the_project() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    listed = set(config["options"]["packages"].split())
    folders = {
        ".".join(file.parent.relative_to(ROOT).parts)
        for package in PACKAGES
        for file in find_files(package)
    }
    assert folders - listed == NOT_INSTALLED


def test_nothing_that_is_installed_imports_what_is_not() -> None:
    def is_absent(module: str) -> bool:
        return any(f"{module}.".startswith(f"{part}.") for part in NOT_INSTALLED)

    assert not [
        str(found)
        for package in PACKAGES
        for found in imports_of(package)
        if is_absent(found.module) and not is_absent(module_of(ROOT / found.file))
    ]
