"""Type the README: a fresh clone, an empty HOME, every command as it stands there and in its order.

``python3 tests/type_readme.py`` needs Python's own library, git and bash. Before the first command
that needs them, photos and labelled pictures are drawn, and the backbone of models/default.keras is
laid where Keras would have put ImageNet's weights: only the package index is asked.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_BLOCK = re.compile(r"(?:<!-- run: (?P<where>\w+) -->\n)?```sh\n(?P<lines>.*?)```", re.DOTALL)
# Commands of the Pi are typed on one by tests/userland/test_bundle.py.
_ELSEWHERE = {"pi"}
# .ci/run calls it beside this.
_CALLED_BY_CI = {"make test"}
_BEFORE = "crack-edge scan"
_WEIGHTS = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5"
# Of the user's own: nothing of these may help.
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
_PREFIXES = ("PIP_", "HTTP", "http", "NO_PROXY", "no_proxy")


def read_commands(text: str) -> list[str]:
    """Return the lines of the README's shell blocks that are typed on this machine."""
    blocks = [match for match in _BLOCK.finditer(text) if match["where"] not in _ELSEWHERE]
    lines = [line for block in blocks for line in block["lines"].strip().splitlines()]
    return [line for line in lines if line.partition("#")[0].strip() not in _CALLED_BY_CI]


def write_script(commands: list[str]) -> Iterator[str]:
    """Yield the lines of a shell script that types the commands and stops at the first failure."""
    yield "set -euo pipefail"
    prepared = False
    for command in commands:
        if not prepared and command.startswith(_BEFORE):
            yield "echo '(drawing photos and labelled pictures)'"
            yield "python -m tests.type_readme --material"
            prepared = True
        yield f"printf '%s\\n' {_quote('$ ' + command)}"
        yield command


def _quote(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def draw_material() -> None:
    """Make what a user has: photos/, data/crack and data/no_crack; and what Keras downloads."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import h5py
    import keras
    from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

    from edge.evaluation.synthetic import draw_concrete
    from edge.photo.codec import write_photo
    from tests.drawn_dataset import write_class_folders
    from trainer.fit.model import BACKBONE_NAME

    for number in (1, 2):
        photo = draw_concrete((1200, 900), seed=number).photo
        write_photo(Path(f"photos/wall-{number}.jpg"), photo)
    write_class_folders(Path("data"), count=40, size_px=128, seed=1)
    weights = Path.home() / ".keras" / "models" / _WEIGHTS
    weights.parent.mkdir(parents=True)
    model = keras.models.load_model("models/default.keras").get_layer(BACKBONE_NAME)
    with h5py.File(weights, "w") as file:
        save_weights_to_hdf5_group(file, model)


def type_readme() -> int:
    """Clone, type, and return the exit code."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in _PASSED_ON or name.startswith(_PREFIXES)
    }
    with tempfile.TemporaryDirectory(prefix="crack-edge-readme-") as folder:
        home = Path(folder)
        clone = home / "crack-edge"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        commands = read_commands((clone / "README.md").read_text(encoding="utf-8"))
        script = home / "typed.sh"
        script.write_text("\n".join(write_script(commands)) + "\n", encoding="utf-8")
        bash = shutil.which("bash") or "/bin/bash"
        typed = subprocess.run(
            [bash, str(script)],
            cwd=clone,
            env=kept | {"HOME": folder},
            stderr=subprocess.STDOUT,
            check=False,
        )
    works = typed.returncode == 0
    sys.stderr.write(f"the README {'works' if works else 'does NOT work'} as typed\n")
    return typed.returncode


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--material", action="store_true", help="Draw the material only.")
    if parser.parse_args().material:
        draw_material()
    else:
        sys.exit(type_readme())
