"""What the compiler made of a function: its instructions without layout, and the names that they read.

Bytecode and not source, since it is what runs, however it came about; comments, layout and the docstring are not in it.
The line-by-line artefacts of the compiler (no-ops, offsets of jumps) are taken out, so that layout does not show.
"""

from __future__ import annotations

import dis
import itertools
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import CodeType
from typing import Any, NamedTuple

_NAMES = frozenset(dis.hasname)
_CONSTANTS = frozenset(dis.hasconst)
_JUMPS = frozenset({*dis.hasjrel, *dis.hasjabs})
_BACKWARD = frozenset(number for number in _JUMPS if "BACKWARD" in dis.opname[number])
_DROPPED = frozenset({dis.opmap["NOP"], dis.opmap["CACHE"], dis.EXTENDED_ARG})
_GLOBALS = frozenset({"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS", "LOAD_CLASSDEREF"})
_ATTRIBUTES = frozenset({"LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR"})
_SHIFTS = {"LOAD_GLOBAL": 1, "LOAD_ATTR": 1 if sys.version_info >= (3, 12) else 0, "LOAD_SUPER_ATTR": 2}
_STORES = frozenset({"STORE_GLOBAL", "DELETE_GLOBAL", "STORE_ATTR", "DELETE_ATTR"})
#: Two instructions in one, which the compiler makes of two on one line: their single forms.
_PAIRS = {
    name: (name[: at - 1], name[at:])
    for name in dis.opmap
    for at in [max(name.find("_LOAD_FAST", 1), name.find("_STORE_FAST", 1)) + 1]
    if at and name.startswith(("LOAD_FAST", "STORE_FAST")) and name.count("_FAST") == 2
}
_HAS_DOCSTRING = 0x4000000  # a flag from Python 3.13 on, where the docstring is no part of what runs


class Read(NamedTuple):
    """A global name that code loads, the attributes taken from it at once, and what is done with the last.

    called: it is called and not handed on. constant: the text loaded right after it, such as the key that is asked for.
    module: where a name comes from that the function itself imports; its chain begins there. Empty for a global.
    """

    name: str
    chain: tuple[str, ...]
    called: bool
    constant: str | None
    module: str = ""


class Import(NamedTuple):
    """An import inside of a function: ``from {dots}module import names``; `names` is empty for a plain import."""

    module: str
    level: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class Bytecode:
    """What code does, as text that is equal for equal code, and what it reads.

    names: every name in it, attributes included. changes: it may assign to a global or to an attribute of something
    other than ``self``.
    """

    text: str
    reads: tuple[Read, ...]
    imports: tuple[Import, ...]
    names: frozenset[str]
    changes: bool


NOTHING = Bytecode("", (), (), frozenset(), changes=False)


@dataclass
class _Seen:
    reads: dict[Read, None] = field(default_factory=dict)
    imports: dict[Import, None] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    changes: bool = False


def read_bytecode(code: CodeType) -> Bytecode:
    """Return what code does and reads, the code inside of it included.

    >>> one = compile("def f(x):\\n    'old'\\n    return x + RATE  # a comment", "a.py", "exec").co_consts[0]
    >>> two = compile("def f(x):\\n\\n    return (x +\\n        RATE)", "b.py", "exec").co_consts[0]
    >>> read_bytecode(one) == read_bytecode(two)
    True
    >>> read_bytecode(one).reads
    (Read(name='RATE', chain=(), called=False, constant=None, module=''),)
    """
    seen = _Seen()
    text = _text(code, seen, own=True)
    return Bytecode(text, tuple(seen.reads), tuple(seen.imports), frozenset(seen.names), seen.changes)


def _text(code: CodeType, seen: _Seen, *, own: bool) -> str:
    steps = list(_instructions(code))
    seen.names.update(code.co_names)
    _note_reads(code, steps, seen)
    # The number of each instruction in place of its offset, which no-ops and caches move.
    place, number, unseen = {}, 0, _first_line_numbers(code, steps)
    for offset, opcode, _ in steps:
        place[offset] = number
        number += 2 if dis.opname[opcode] in _PAIRS else opcode not in _DROPPED and offset not in unseen
    place[len(code.co_code)] = number
    lines: list[Any] = []
    for step in steps:
        name = dis.opname[step[1]]
        if name in _PAIRS:
            first, second = _PAIRS[name]
            lines += ((first, step[2] >> 4), (second, step[2] & 15))
        elif step[1] not in _DROPPED and step[0] not in unseen:
            lines.append((name, _argument(code, seen, place, step)))
    handlers = [(*(place.get(at, at) for at in entry[:3]), entry[3]) for entry in _handlers(code.co_exceptiontable)]
    shape = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags & ~_HAS_DOCSTRING)
    names = (code.co_varnames, code.co_cellvars, code.co_freevars)
    # The docstring of a function inside of this one may be read by whatever it is handed to.
    inner = () if own else (code.co_name, code.co_consts[:1] if _is_text(code.co_consts[:1]) else ())
    return repr((shape, names, inner, lines, handlers))


def _first_line_numbers(code: CodeType, steps: list[tuple[int, int, int]]) -> set[int]:
    """Return the offsets of the instructions by which a class body notes its line, from Python 3.13 on."""
    if "__firstlineno__" not in code.co_names:
        return set()
    number = code.co_names.index("__firstlineno__")
    pairs = itertools.pairwise(steps)
    stores = [(before, step) for before, step in pairs if dis.opname[step[1]] == "STORE_NAME" and step[2] == number]
    return {offset for pair in stores for offset, _, _ in pair}


def _argument(code: CodeType, seen: _Seen, place: dict[int, int], step: tuple[int, int, int]) -> Any:
    offset, opcode, argument = step
    if opcode in _CONSTANTS:
        return _constant(code.co_consts[argument], seen)
    if opcode in _NAMES:
        shift = _SHIFTS.get(dis.opname[opcode], 0)
        return (code.co_names[argument >> shift], argument & ((1 << shift) - 1))
    if opcode in _JUMPS:
        after = offset + 2
        while after not in place:
            after += 2
        target = after + (-2 if opcode in _BACKWARD else 2) * argument
        return place.get(target, -target)
    return argument


def _constant(value: Any, seen: _Seen) -> Any:
    if isinstance(value, CodeType):
        return _text(value, seen, own=False)
    if isinstance(value, frozenset):
        return ("frozenset", sorted(repr(_constant(item, seen)) for item in value))
    if isinstance(value, tuple):
        return ("tuple", *(_constant(item, seen) for item in value))
    return repr(value)


def _instructions(code: CodeType) -> Iterator[tuple[int, int, int]]:
    """Yield offset, number and argument of every instruction, caches left out."""
    raw, extended = code.co_code, 0
    cache = dis.opmap["CACHE"]
    for offset in range(0, len(raw), 2):
        opcode = raw[offset]
        if opcode == cache:
            continue
        argument = raw[offset + 1] | extended
        extended = argument << 8 if opcode == dis.EXTENDED_ARG else 0
        yield offset, opcode, argument


def _note_reads(code: CodeType, steps: list[tuple[int, int, int]], seen: _Seen) -> None:
    named = [(dis.opname[opcode], argument) for _, opcode, argument in steps if opcode not in _DROPPED]
    imported: dict[int, tuple[str, ...]] = {}
    base = ""
    for at, (name, argument) in enumerate(named):
        if name in _GLOBALS:
            seen.reads[_read(code, named, at)] = None
        elif name == "STORE_FAST" and named[at - 1][0] in {"IMPORT_NAME", "IMPORT_FROM"}:
            kind, number = named[at - 1]
            whole = kind == "IMPORT_NAME"
            plain = whole and _loaded(code, named[at - 2]) is None
            imported[argument] = (
                (base.partition(".")[0],) if plain else (base, *(() if whole else (code.co_names[number],)))
            )
        elif name.startswith("LOAD_FAST") and argument in imported and name not in _PAIRS:
            module, *first = imported[argument]
            read = _read(code, named, at, (code.co_varnames[argument], tuple(first)))
            seen.reads[read._replace(module=module)] = None
        elif name == "IMPORT_NAME":
            level, names = (_loaded(code, step) for step in named[at - 2 : at])
            base = "" if level else code.co_names[argument]
            seen.imports[Import(code.co_names[argument], level or 0, tuple(names or ()))] = None
        elif name in _STORES:
            before = named[at - 1]
            of_self = before[0].startswith("LOAD_FAST") and "self" in code.co_varnames[:1]
            seen.changes |= not (name == "STORE_ATTR" and of_self)


def _read(
    code: CodeType, named: list[tuple[str, int]], at: int, local: tuple[str, tuple[str, ...]] | None = None
) -> Read:
    kind, argument = named[at]
    name, first = local or (_name(code, kind, argument), ())
    called = kind == "LOAD_GLOBAL" and bool(argument & 1)
    chain = list(first)
    for at in range(at + 1, len(named)):  # noqa: B020, PLR1704 - goes on from there
        kind, argument = named[at]
        if kind not in _ATTRIBUTES:
            break
        chain.append(_name(code, kind, argument))
        called = kind == "LOAD_METHOD" or (sys.version_info >= (3, 12) and bool(argument & 1))
    follows = named[at] if at < len(named) else ("", 0)
    constant = _loaded(code, follows)
    return Read(name, tuple(chain), called, constant if isinstance(constant, str) else None)


def _name(code: CodeType, kind: str, argument: int) -> str:
    if kind == "LOAD_CLASSDEREF":
        return ""
    return str(code.co_names[argument >> _SHIFTS.get(kind, 0)])


def _loaded(code: CodeType, step: tuple[str, int]) -> Any:
    if step[0] == "LOAD_SMALL_INT":
        return step[1]
    return code.co_consts[step[1]] if step[0] == "LOAD_CONST" else None


def _handlers(table: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Yield start, end, target and depth of the entries of an exception table (CPython, exception_handling_notes)."""
    numbers, number = [], 0
    for byte in table:
        number = (number << 6) | (byte & 63)
        if not byte & 64:
            numbers.append(number)
            number = 0
    for at in range(0, len(numbers) - 3, 4):
        start, length, target, depth = numbers[at : at + 4]
        yield start * 2, (start + length) * 2, target * 2, depth


def _is_text(values: tuple[Any, ...]) -> bool:
    return bool(values) and isinstance(values[0], str)
