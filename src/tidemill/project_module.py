"""Finding and importing a project's module. Needs the core only, so that user code runs before the rooms load."""

from __future__ import annotations

import importlib
import linecache
import os
import sys
import traceback
from collections.abc import Sequence
from importlib.machinery import FileFinder, ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

from tidemill.core import Settings, UsageError, module_files


def import_project_module(folder: Path, settings: Settings) -> tuple[Path, ModuleType]:
    """Import a project's module afresh, with the modules beside it, and return its file and the module.

    The file is the one that the settings name, else the only Python file of the folder that imports tidemill.

    Raises UsageError when there is none, or it does not import.
    """
    folder = folder.resolve()
    file = _find(folder, settings)
    _forget(folder)
    _look_there_first(folder)
    try:
        return file, importlib.import_module(file.stem)
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)]
        line = f"line {frames[-1].lineno}: " if frames else ""
        what = f"{type(error).__name__}: {error}"
        if isinstance(error, SystemExit):
            what = "it calls sys.exit; put that under 'if __name__ == \"__main__\":'"
        raise UsageError(f"{file.name} cannot be imported: {line}{what}") from error


def has_project(folder: Path, settings: Settings) -> bool:
    """Tell whether a folder names or holds a module to import; which one is another question.

    >>> has_project(Path("/nowhere"), Settings())
    False
    """
    return bool(settings.module) or bool(module_files(folder.glob("*.py")))


def _find(folder: Path, settings: Settings) -> Path:
    if settings.module:
        file = folder / settings.module
        if not file.is_file() or file.parent != folder or not file.stem.isidentifier():
            raise UsageError(f"tidemill.toml names the module {settings.module!r}, which is no Python file of {folder}")
        return file
    files = module_files(folder.glob("*.py"))
    if len(files) == 1:
        return files[0]
    if not files:
        raise UsageError(f"{folder} holds no project: no Python file there imports tidemill; try 'tidemill init'")
    raise UsageError(
        f"{folder} holds {len(files)} Python files that import tidemill; "
        f'name one in tidemill.toml, as module = "{files[0].name}"'
    )


def _forget(folder: Path) -> None:
    """Forget the folder's modules, and others of their names: a long-lived worker runs the code as it is now.

    Those of the folder whose code was run before, too: a project's code may lie in another one from now on.
    """
    linecache.checkcache()
    own = {file.stem for file in folder.glob("*.py")} | {file.parent.name for file in folder.glob("*/__init__.py")}
    folders = [folder, *(finder.folder for finder in sys.meta_path if isinstance(finder, _ProjectFinder))]
    starts = tuple(f"{each}{os.sep}" for each in folders)
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        inside = isinstance(file, str) and file.startswith(starts) and "site-packages" not in Path(file).parts
        if name != "__main__" and (inside or (name.partition(".")[0] in own and name not in sys.stdlib_module_names)):
            del sys.modules[name]


def _look_there_first(folder: Path) -> None:
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _ProjectFinder)]
    sys.meta_path.insert(0, _ProjectFinder(folder))


class _ProjectFinder:
    """Finds modules in one folder and compiles them from their source.

    Bytecode is not used: it is told apart by size and whole seconds, so that code edited within a second would run
    as it was before, under the digest of what it is now.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a module in the folder, or in a package of it."""
        places = [str(self.folder)] if path is None else [p for p in path if Path(p).is_relative_to(self.folder)]
        if path is None and name in sys.stdlib_module_names:
            return None
        for place in places:
            found = FileFinder(place, (_SourceLoader, [".py"])).find_spec(name)
            if found is not None and found.loader is not None:
                return found
        return None


class _SourceLoader(SourceFileLoader):
    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        code: CodeType = self.source_to_code(self.get_data(path), path)
        return code
