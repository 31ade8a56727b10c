"""Errors of the plugins room."""

from __future__ import annotations

from tidemill.core import TidemillError


class PluginError(TidemillError):
    """An installed plugin cannot be used; the message names the distribution and the entry point."""

    code = "plugin"
