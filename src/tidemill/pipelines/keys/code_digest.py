"""The digest of a function's code: what it does, what every project function it reaches does, what it stands on.

False misses are allowed, false hits never. What a call reaches is told from the live objects that the names in its
bytecode stand for: one function of a module, a class with its methods and bases, the content of a constant. Where that
cannot be told the digest widens: to the whole module when a module is handed on as a value, to the whole project when
code is made or looked up by name. A value that has no digest makes the function one whose results are not reused.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType
from typing import Any

from tidemill.core import UsageError, digest_json
from tidemill.pipelines.keys.bytecode import Bytecode
from tidemill.pipelines.keys.code_pieces import Piece, Pieces
from tidemill.pipelines.keys.code_text import distribution_version
from tidemill.pipelines.keys.module_places import Places

#: Of so many things a single function cannot stand: what it holds makes itself anew whenever it is looked at.
_MOST_PIECES = 50_000


def _unchanged() -> tuple[str, ...]:
    return ()


@dataclass(frozen=True)
class CodeDigest:
    """What a function's results depend on beside its inputs.

    digest: of all the rest.
    parts: digest by function, class, module, global or distribution, to say what has changed.
    doubts: why results must not be reused; empty when they may.
    reads_natively: it names a function that may open files unseen, see `watched_reads`.
    root: the project's folder.
    draws: global generators of chance that it draws from without setting their state: then a step needs a seed.
    changed: returns the parts that are not what they were, after the function was called: what it has changed itself.
    """

    digest: str
    parts: dict[str, str]
    doubts: tuple[str, ...]
    reads_natively: bool = False
    root: Path = field(default=Path(), compare=False)
    draws: tuple[str, ...] = ()
    changed: Callable[[], tuple[str, ...]] = field(default=_unchanged, compare=False, repr=False)


def describe_change(part: str) -> str:
    """Say in words that a step has changed what it stands on."""
    return (
        f"it changed {part.removeprefix('value ')} while it ran, on which its result depends: hand it in and return it"
    )


class CodeReader:
    """Digests the code of a project. Not thread-safe; it takes values as they are when it first meets them.

    root: the project's folder. packages: distributions whose versions count for every function, reached or not.
    Raises UsageError for one that is not installed.
    """

    def __init__(self, root: Path, packages: Sequence[str] = ()) -> None:
        self._start(Places(root), {}, packages)

    def _start(self, places: Places, scans: dict[CodeType, Bytecode], packages: Sequence[str]) -> None:
        self._places = places
        self._pieces = Pieces(places, scans)
        self._packages = tuple(packages)
        self._known: dict[int, tuple[object, CodeDigest]] = {}
        self._first = {"python": platform.python_version()}
        for name in packages:
            self._first[f"package {name}"] = _version(name)

    def digest(self, function: Callable[..., Any]) -> CodeDigest:
        """Return the digest of a function's code and of all it reaches; of an object or class by what it holds."""
        known = self._known.get(id(function))
        if known is None:
            known = (function, self._digest(function))
            self._known[id(function)] = known
        return known[1]

    def _digest(self, function: Callable[..., Any]) -> CodeDigest:
        walk = _Walk(self._pieces, dict(self._first))
        walk.follow(function)
        if any(piece.everything for piece, _ in walk.pieces.values()):
            files, modules = self._places.everything()
            walk.parts.update(files)
            for module in modules:
                walk.follow(module)
        parts = walk.finish()
        changes = any(piece.changes for piece, _ in walk.pieces.values())
        changed = (lambda: self._changed(function, parts)) if changes else _unchanged
        native = any(piece.reads_natively for piece, _ in walk.pieces.values())
        pieces = [piece for piece, _ in walk.pieces.values()]
        draws = (
            ()
            if any(piece.seeds for piece in pieces)
            else tuple(sorted({one for each in pieces for one in each.draws}))
        )
        doubts = tuple(dict.fromkeys(walk.doubts))
        return CodeDigest(digest_json(parts), parts, doubts, native, self._places.root, draws, changed)

    def _changed(self, function: Callable[..., Any], before: dict[str, str]) -> tuple[str, ...]:
        again = CodeReader.__new__(CodeReader)
        again._start(Places(self._places.root, self._places.loaded), self._pieces.scans, self._packages)
        now = again.digest(function).parts
        return tuple(sorted(name for name in {*before, *now} if before.get(name) != now.get(name)))


def _version(package: str) -> str:
    version = distribution_version(package)
    if version == "unknown":
        raise UsageError(f"cache_packages names {package!r}, which is not installed: install it or take it out")
    return version


class _Walk:
    """One walk from a function to all it reaches."""

    def __init__(self, pieces: Pieces, parts: dict[str, str]) -> None:
        self._pieces = pieces
        self.parts = parts
        self.doubts: list[str] = []
        #: By id: the piece and the name it has in this walk, since two lambdas of one module have one name.
        self.pieces: dict[int, tuple[Piece, str]] = {}
        self._numbers: dict[str, int] = {}

    def follow(self, value: object) -> None:
        """Take a value and all that it reaches, each once."""
        todo = [("itself", value)]
        while todo:
            label, one = todo.pop()
            if id(one) in self.pieces:
                continue
            if len(self.pieces) > _MOST_PIECES:
                self.doubts.append(f"it stands on more than {_MOST_PIECES:,} things")
                return
            piece = self._pieces.piece(one)
            self.pieces[id(one)] = (piece, self._name(piece))
            self.doubts += [doubt.format(label) for doubt in piece.doubts]
            todo += reversed(piece.reached.items())

    def _name(self, piece: Piece) -> str:
        number = self._numbers[piece.name] = self._numbers.get(piece.name, 0) + 1
        return piece.name if number == 1 else f"{piece.name} #{number}"

    def finish(self) -> dict[str, str]:
        """Return the digests by name. What a piece reaches counts under its name: two names may change places."""
        docs = any(piece.reads_docs for piece, _ in self.pieces.values())
        handed = {each for piece, _ in self.pieces.values() for each in piece.handed}
        for number, (piece, name) in self.pieces.items():
            self.parts.update(piece.facts)
            own = {label: digest for label, digest in piece.held.items() if label.startswith(piece.name)}
            for label, digest in piece.held.items():
                if label not in own:
                    self.parts[f"value {label}"] = digest
            names = {label: self.pieces.get(id(item)) for label, item in piece.reached.items()}
            reached = [[label, found[1] if found else ""] for label, found in names.items()]
            self.parts[name] = piece.digest(sorted(own.items()), reached)
            if piece.docs and (docs or number in handed):
                self.parts[f"docstring of {name}"] = piece.docs
        return self.parts
