"""Where everything lies in a bundle, and on the device once ``install.sh`` has put it there."""

from __future__ import annotations

import re
from pathlib import PurePath, PurePosixPath

from edge.live.systemd.unit_file import STATE_FOLDER

# In the bundle.
TOP = "crack-edge-bundle"
INSTALLER = "install.sh"
README = "README.txt"
FACTS = "bundle.json"
SUMS = "SHA256SUMS"
UNIT = "crack-edge.service"
WHEELS = "wheels"
MODELS = "models"
SETTINGS = "settings"

# On the device; install.sh says the same.
ENVIRONMENT_THERE = PurePosixPath("/opt/crack-edge")
MODELS_THERE = ENVIRONMENT_THERE / MODELS
SETTINGS_THERE = PurePosixPath("/etc/crack-edge")
RECORDS_THERE = STATE_FOLDER
# Isolated: what lies in the folder or belongs to a user is not loaded.
START_THERE = (str(ENVIRONMENT_THERE / "bin/python"), "-I", "-u", "-m", "crack_edge")

HEAD_OF_UNIT = """\
# Written by crack-edge bundle; installed by the bundle's install.sh.
# Status and log: systemctl status crack-edge; journalctl -u crack-edge
# Reopen source and sinks: sudo systemctl reload crack-edge
"""


def name_model(path: PurePath) -> str:
    """Return what a model file is called in a bundle: no sign that a shell or list would read."""
    return re.sub(r"[^A-Za-z0-9._+-]", "_", path.name)
