"""From a page context to HTML.

Autoescape is always on and an unknown name in a template is an error. Templates see ``page`` (the context), the
address functions, the charts and the formatters; nothing else.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import ClassVar, Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tidemill.ui import charts, formats, urls

_FOLDER = Path(__file__).parent


class Rendered(Protocol):
    """Anything that names its template: every page context and every fragment context."""

    template: ClassVar[str]


def render(page: Rendered) -> str:
    """A page context as HTML, a whole document or the fragment that its template is.

    Raises:
        jinja2.UndefinedError: a template asks for something that its context does not have.

    Examples:
        >>> from tidemill.ui.views import SignInPage
        >>> "<!doctype html>" in render(SignInPage())
        True
    """
    return _environment().get_template(page.template).render(page=page)


def static_folder() -> Path:
    """Folder whose files are served under ``/static``."""
    return _FOLDER / "static"


def static_files() -> dict[str, str]:
    """Name of each static file and the first 12 hex digits of its sha256.

    Examples:
        >>> [name for name in static_files() if name.endswith(".css")]
        ['runs.css', 'tidemill.css', 'tokens.css', 'uplot.min.css']
    """
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        for path in sorted(static_folder().iterdir())
        if path.is_file()
    }


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(formats.filters())
    digests = static_files()
    environment.globals.update(url=urls, chart=charts, static=lambda name: urls.static_url(name, digests[name]))
    return environment
