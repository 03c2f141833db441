"""Pages of the workstation's tools, filled into Jinja templates; needs an extra (see below).

Text is escaped, because names come from outside. Beside the templates of a package there are two
that all share: ``base.html`` (a whole page, with blocks ``style`` and ``body``) and ``macros.html``
(tables, facts, pictures).
"""

from __future__ import annotations

from base64 import b64encode
from importlib import resources
from typing import Any

from edge.files.formatting import format_figure, format_value
from edge.files.html import STYLE

_SHARED = "edge.files"


def render_template(package: str, template: str, **values: Any) -> str:
    """Fill a template and return the page.

    Args:
        package: whose data files hold the template, such as ``trainer.report``.
        template: its file name.
        values: what it shows; a name that the template wants and does not get is an error.

    Raises:
        ImportError: Jinja2 is not installed; the extras train, convert and plots bring it.
    """
    import jinja2

    def load_from(name: str) -> jinja2.BaseLoader:
        def load(file_name: str) -> str | None:
            file = resources.files(name).joinpath(file_name)
            return file.read_text(encoding="utf-8") if file.is_file() else None

        return jinja2.FunctionLoader(load)

    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader([load_from(package), load_from(_SHARED)]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(words=format_value, figure=format_figure, base64=_to_base64)
    return environment.get_template(template).render(shared_style=STYLE, **values)


def _to_base64(data: bytes) -> str:
    return b64encode(data).decode()
