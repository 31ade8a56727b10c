"""Projects that are made by chance and edited by chance: what a cached result is compared with a fresh one on."""

# ruff: noqa: E501 - the texts of small projects
from __future__ import annotations

import os
import random
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from tidemill.core import load_settings
from tidemill.pipelines import CodeReader
from tidemill.project_module import import_project_module

_NUMBER = re.compile("@(?![a-z])")  # and no decorator


class Feature(NamedTuple):
    """A way for a step to depend on a number, `@`: what it adds to which file, and the expression that uses it.

    wide: looked up by name, so that the key takes more than what is reached.
    """

    files: dict[str, str]
    use: str
    wide: bool = False


def _tools(text: str, use: str) -> Feature:
    return Feature({"tools.py": text}, use)


FEATURES = {
    "function": _tools("def plain(x):\n    return x + @\n", "tools.plain(x)"),
    "deep": _tools("def low(x):\n    return x * @\ndef high(x):\n    return low(x) + 1\n", "tools.high(x)"),
    "constant": _tools("RATE = @\n", "tools.RATE"),
    "default": _tools("def given(x, by=@):\n    return x - by\n", "tools.given(x)"),
    "keyword": _tools("def only(x, *, by=@):\n    return x - by\n", "tools.only(x)"),
    "closure": _tools("def make(n):\n    def inner(x):\n        return x + n\n    return inner\nMADE = make(@)\n", "tools.MADE(x)"),
    "nested": _tools("def outer(x):\n    def inside(y):\n        return y + @\n    return inside(x)\n", "tools.outer(x)"),
    "lambda": _tools("LAMBDA = lambda x: x + @\n", "tools.LAMBDA(x)"),
    "lambda on two lines": _tools("TABLE = dict(a=lambda x: x\n    + @)\n", "tools.TABLE['a'](x)"),
    "comprehension": _tools("def many(x):\n    return sum([y * @ for y in range(3)])\n", "tools.many(x)"),
    "generator": _tools("def lazy(x):\n    yield from (y + @ for y in range(2))\n", "sum(tools.lazy(x))"),
    "partial": _tools("import functools\ndef two(a, b):\n    return a + b\nPART = functools.partial(two, @)\n", "tools.PART(x)"),
    "decorator": _tools(
        "import functools\ndef plus(n):\n    def wrap(f):\n        @functools.wraps(f)\n        def call(x):\n"
        "            return f(x) + n\n        return call\n    return wrap\n@plus(@)\ndef decorated(x):\n    return x\n",
        "tools.decorated(x)",
    ),
    "memoized": _tools("import functools\n@functools.lru_cache\ndef memo(x):\n    return x + @\n", "tools.memo(x)"),
    "class attribute": _tools("class Held:\n    size = @\n", "tools.Held.size"),
    "method": _tools("class Worker:\n    def work(self, x):\n        return x + @\n", "tools.Worker().work(x)"),
    "property": _tools("class Proper:\n    @property\n    def it(self):\n        return @\n", "tools.Proper().it"),
    "class method": _tools("class Klass:\n    @classmethod\n    def it(cls, x):\n        return x - @\n", "tools.Klass.it(x)"),
    "static method": _tools("class Static:\n    @staticmethod\n    def it(x):\n        return x - @\n", "tools.Static.it(x)"),
    "inherited": _tools("class Base:\n    def it(self):\n        return @\nclass Child(Base):\n    pass\n", "tools.Child().it()"),
    "mixed in": _tools("class Mix:\n    n = @\nclass Mixed(Mix, dict):\n    pass\n", "tools.Mixed().n"),
    "metaclass": _tools(
        "class Meta(type):\n    def size(cls):\n        return @\nclass Made(metaclass=Meta):\n    pass\n", "tools.Made.size()"
    ),
    "made for a subclass": _tools(
        "class Root:\n    def __init_subclass__(cls, n=0):\n        cls.n = n\nclass Leaf(Root, n=@):\n    pass\n", "tools.Leaf.n"
    ),
    "dataclass": _tools("import dataclasses\n@dataclasses.dataclass\nclass Config:\n    rate: int = @\n", "tools.Config().rate"),
    "factory": _tools(
        "import dataclasses\n@dataclasses.dataclass\nclass Filled:\n    rates: list = dataclasses.field(default_factory=lambda: [@])\n",
        "tools.Filled().rates[0]",
    ),
    "object": _tools("class Box:\n    def __init__(self, n):\n        self.n = n\nBOX = Box(@)\n", "tools.BOX.n"),
    "slots": _tools("class Slim:\n    __slots__ = ('n',)\n    def __init__(self, n):\n        self.n = n\nSLIM = Slim(@)\n", "tools.SLIM.n"),
    "callable": _tools("class Call:\n    def __init__(self, n):\n        self.n = n\n    def __call__(self, x):\n        return x + self.n\nCALL = Call(@)\n", "tools.CALL(x)"),
    "bound method": _tools("class Bound:\n    def __init__(self, n):\n        self.n = n\n    def it(self, x):\n        return x + self.n\nBOUND = Bound(@).it\n", "tools.BOUND(x)"),
    "enum": _tools("import enum\nclass Mode(enum.Enum):\n    A = @\n    def it(self):\n        return self.value\n", "tools.Mode.A.it()"),
    "enum's method": _tools("import enum\nclass Kind(enum.Enum):\n    A = 1\n    def it(self):\n        return @\nKIND = Kind.A\n", "tools.KIND.it()"),
    "enum in a list": _tools("import enum\nclass Sort(enum.Enum):\n    A = 1\n    def it(self):\n        return @\nSORTS = [Sort.A]\n", "tools.SORTS[0].it()"),
    "named tuple": _tools("import typing\nclass Pair(typing.NamedTuple):\n    a: int = @\n", "tools.Pair().a"),
    "dictionary": _tools("RATES = {'a': [1, @]}\n", "tools.RATES['a'][1]"),
    "set": _tools("CHOSEN = {1, 2, @}\n", "sum(tools.CHOSEN)"),
    "changed afterwards": _tools("LATER = {}\nLATER['a'] = @\n", "tools.LATER['a']"),
    "registered": _tools("KNOWN = {}\ndef register(f):\n    KNOWN[f.__name__] = f\n    return f\n@register\ndef named(x):\n    return x + @\n", "tools.KNOWN['named'](x)"),
    "dispatch": _tools("import functools\n@functools.singledispatch\ndef over(x):\n    return 0\n@over.register\ndef _(x: int):\n    return x + @\n", "tools.over(x)"),
    "context variable": _tools("import contextvars\nVAR = contextvars.ContextVar('VAR', default=0)\nVAR.set(@)\n", "tools.VAR.get()"),
    "docstring": _tools("def said():\n    '''@'''\n    return 1\n", "int(tools.said.__doc__)"),
    "hints": _tools("import typing\ndef hinted(x: typing.Literal[@]):\n    return x\n", "tools.hinted.__annotations__['x'].__args__[0]"),
    "text hints": _tools("class Hint:\n    size = @\ndef later(x: 'Hint'):\n    return x\n", "tools.typing_hints(tools.later)['x'].size"),
    "exception": _tools("def tries(x):\n    try:\n        return int('a')\n    except ValueError:\n        return @\n", "tools.tries(x)"),
    "match": _tools("def matches(x):\n    match [x]:\n        case [y]:\n            return y + @\n", "tools.matches(x)"),
    "walrus": _tools("def walks(x):\n    return (y := x + @) + y\n", "tools.walks(x)"),
    "formatted": _tools("def shown(x):\n    return int(f'{x}{@}')\n", "tools.shown(x)"),
    "array": _tools("import numpy as np\nARRAY = np.array([1, @])\n", "int(tools.ARRAY[1])"),
    "frame": _tools("import polars as pl\nFRAME = pl.DataFrame({'a': [@]})\n", "tools.FRAME['a'][0]"),
    "instant": _tools("import datetime\nSPAN = datetime.timedelta(days=@)\n", "tools.SPAN.days"),
    "alias": Feature({"tools.py": "def called(x):\n    return x + @\n", "project.py": "from tools import called as other\n"}, "other(x)"),
    "star": Feature({"stars.py": "STAR = @\n", "project.py": "from stars import *\n"}, "STAR"),
    "relative": Feature({"pkg/core.py": "def core(x):\n    return x + @\n", "pkg/edge.py": "from .core import core\n", "project.py": "from pkg import edge\n"}, "edge.core(x)"),
    "re-export": Feature({"pkg/deep.py": "def deep(x):\n    return x + @\n", "pkg/__init__.py": "from .deep import deep\n", "project.py": "import pkg\n"}, "pkg.deep(x)"),
    "dotted": Feature({"pkg/far.py": "FAR = @\n", "project.py": "import pkg.far\n"}, "pkg.far.FAR"),
    "conditional": Feature({"project.py": "try:\n    import no_such_module\nexcept ImportError:\n    ELSE = @\n"}, "ELSE"),
    "import inside": Feature({"inner.py": "def late(x):\n    return x + @\n", "project.py": "def loads(x):\n    from inner import late\n    return late(x)\n"}, "loads(x)"),
    "module inside": Feature({"lazy.py": "import lazier\n", "lazier.py": "WAY = @\n", "project.py": "def lazily():\n    import lazy\n    return lazy.lazier.WAY\n"}, "lazily()"),
    "module's getattr": Feature({"asked.py": "N = @\ndef __getattr__(name):\n    if name == 'answer':\n        return N\n    raise AttributeError(name)\n", "project.py": "import asked\n"}, "asked.answer", wide=True),
    "getattr": Feature({"byname.py": "def found(x):\n    return x + @\n", "project.py": "import byname\n"}, "getattr(byname, 'fou' + 'nd')(x)", wide=True),
    "patched": Feature({"patched.py": "def it(x):\n    return 0\n", "project.py": "import patched\npatched.it = lambda x: x + @\n"}, "patched.it(x)"),
    "set from elsewhere": Feature({"state.py": "LEVEL = 0\n", "project.py": "import state\nstate.LEVEL = @\n"}, "state.LEVEL"),
    "globals": Feature({"project.py": "HIDDEN = @\n"}, "globals()['HID' + 'DEN']", wide=True),
    "evaluated": Feature({"project.py": "SECRET = @\n"}, "eval('SEC' + 'RET')", wide=True),
    "modules by name": Feature({"listed.py": "LISTED = @\n", "project.py": "import listed, sys\n"}, "sys.modules['lis' + 'ted'].LISTED", wide=True),
    "imported by name": Feature({"dynamic.py": "DYN = @\n", "project.py": "import importlib\n"}, "importlib.import_module('dyna' + 'mic').DYN", wide=True),
    "subclasses": Feature({"tools.py": "class Top:\n    n = 0\nclass Sub(Top):\n    n = @\n"}, "tools.Top.__subclasses__()[0].n", wide=True),
    "read at import": Feature({"numbers.txt": "@", "project.py": "import pathlib\nREAD = int((pathlib.Path(__file__).parent / 'numbers.txt').read_text())\n"}, "READ"),
    "environment": Feature({"project.py": "import os\n", ".env": "@"}, "int(os.environ['TIDEMILL_TEST_N'])"),
    "environment with default": Feature({"project.py": "import os\n", ".env": "@"}, "int(os.environ.get('TIDEMILL_TEST_N', '0'))"),
}  # fmt: skip
HEAD = {"project.py": "import tools\n", "tools.py": "from typing import get_type_hints as typing_hints\n"}
UNUSED = "def unused(x):\n    return x + @\nclass Unused:\n    n = @\nUNUSED = @\n"


@dataclass
class EditedProject:
    """A folder with a project in which every feature stands, of which the step uses some. Edits are by chance."""

    folder: Path
    chance: random.Random
    used: list[str] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    noise: int = 0
    argument: int = 1

    def __post_init__(self) -> None:
        self.used = self.chance.sample(sorted(FEATURES), 3)
        self.numbers = dict.fromkeys([*FEATURES, "unused"], 1)

    def edit(self) -> bool:
        """Edit it; return whether that was an edit which no result can depend on and which a narrow key leaves out."""
        kind = self.chance.choice(["used", "used", "used", "other", "unused", "noise", "argument"])
        if kind == "used":
            self.numbers[self.chance.choice(self.used)] = self.chance.randrange(1, 6)
        elif kind == "argument":
            self.argument = self.chance.randrange(1, 4)
        elif kind == "noise":
            self.noise += 1
        else:
            names = ["unused"] if kind == "unused" else [name for name in FEATURES if name not in self.used]
            others = [name for name in names if name == "unused" or not _shares(name, self.used)]
            self.numbers[self.chance.choice(others)] = self.chance.randrange(1, 6)
        return kind in {"other", "unused", "noise"} and not any(FEATURES[name].wide for name in self.used)

    def write(self) -> dict[str, str]:
        """Write the files, those that changed only; return their texts."""
        texts = dict(HEAD)
        for name, feature in FEATURES.items():
            for file, text in feature.files.items():
                written = _NUMBER.sub(str(self.numbers[name]), text)
                texts[file] = (
                    written if file in {".env", "numbers.txt"} else texts.get(file, "") + self._laid_out(written)
                )
        texts["tools.py"] += self._laid_out(_NUMBER.sub(str(self.numbers["unused"]), UNUSED))
        uses = ", ".join(FEATURES[name].use for name in self.used)
        texts["project.py"] += self._laid_out(f"def score(x):\n    return ({uses},)\n")
        for file, text in texts.items():
            place = self.folder / file
            place.parent.mkdir(exist_ok=True)
            if not place.exists() or place.read_text("utf-8") != text:
                place.write_text(text, "utf-8")
        return texts

    def _laid_out(self, text: str) -> str:
        """Return code with comments and empty lines that differ from one noise to the next."""
        lines = []
        for line in text.splitlines():
            if self.noise % 3 == 1 and not line.lstrip().startswith("+"):
                lines.append(f"# noise {self.noise}")
            comment = f"  # {self.noise}" if self.noise % 2 and not line.endswith("\\") and "'''" not in line else ""
            lines.append(line + comment)
        return "\n".join(lines) + "\n" * (1 + self.noise % 4)

    def load(self) -> tuple[tuple[str, int], Any, tuple[str, ...]]:
        """Import it afresh; return the key of the step's call, what a fresh execution returns, and the doubts."""
        self.write()
        with _environment(self.numbers["environment"]):
            _, module = import_project_module(self.folder, load_settings(self.folder, environ={}))
            code = CodeReader(self.folder).digest(module.score)
            return (code.digest, self.argument), module.score(self.argument), code.doubts


def _shares(name: str, used: list[str]) -> bool:
    """Tell whether a feature is one with a used one: the variable of the environment is one for two of them."""
    return name.startswith("environment") and any(each.startswith("environment") for each in used)


@contextmanager
def _environment(number: int) -> Iterator[None]:
    os.environ["TIDEMILL_TEST_N"] = str(number)
    try:
        yield
    finally:
        del os.environ["TIDEMILL_TEST_N"]


@dataclass
class Counts:
    """What came of many edits."""

    edits: int = 0
    hits: int = 0
    stale: list[str] = field(default_factory=list)
    no_ops: int = 0
    needless: list[str] = field(default_factory=list)


def edit_many(folder: Path, seed: int, projects: int, edits: int) -> Counts:
    """Edit so many projects so many times each, and compare each cached result with a fresh one."""
    counts = Counts()
    paths = list(sys.path)
    for number in range(projects):
        project = EditedProject(folder / f"{number}", random.Random(seed * 1000 + number))
        project.folder.mkdir(parents=True)
        (project.folder / "tidemill.toml").write_text('module = "project.py"\n')
        known: dict[tuple[str, int], Any] = {}
        key, result, doubts = project.load()
        assert not doubts, (project.used, doubts)
        known[key] = result
        for _ in range(edits):
            no_op = project.edit()
            before = key
            key, result, doubts = project.load()
            assert not doubts, (project.used, doubts)
            counts.edits += 1
            counts.no_ops += no_op
            if key in known:
                counts.hits += 1
                if known[key] != result:
                    counts.stale.append(f"{project.used}: {known[key]} and fresh {result}")
            if no_op and key != before:
                counts.needless.append(f"{project.used}")
            known.setdefault(key, result)
    sys.path[:] = paths
    return counts
