"""Plugins: finding implementations of hooks by entry point, and only that.

hooks     `Hook`: what a room declares beside its port: a name and what an implementation must be
discovery `discover()`: built-ins and installed distributions, into one `Implementations`
errors    `PluginError`: an entry point that cannot be used

Nothing is found by importing: a hook is empty until somebody calls `discover`, and there is no global
registry. A distribution offers a model format by an entry point of the group that the hook names:

    [project.entry-points."tidemill.model_formats"]
    catboost = "tidemill_catboost:CatBoostFormat"
"""

from __future__ import annotations

from tidemill.plugins.discovery import Implementations, discover
from tidemill.plugins.errors import PluginError
from tidemill.plugins.hooks import Hook

__all__ = ["Hook", "Implementations", "PluginError", "discover"]
