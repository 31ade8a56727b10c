"""The model formats that come with Tidemill, registered through the same hook as plugins."""

from __future__ import annotations

from tidemill.models.lightgbm_format import LightGBMFormat
from tidemill.models.model_format import MODEL_FORMATS, ModelFormat
from tidemill.plugins import Implementations, discover


def model_formats(installed: bool = True) -> Implementations[ModelFormat]:
    """Gather the built-in formats and, unless `installed` is False, those of installed plugins.

    Raises PluginError when an installed plugin cannot be used.

    >>> model_formats(installed=False).names()
    ('lightgbm',)
    """
    return discover(MODEL_FORMATS, {LightGBMFormat.name: LightGBMFormat()}, installed)
