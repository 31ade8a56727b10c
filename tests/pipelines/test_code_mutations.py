"""Whatever a step stands on, changing it executes the step: wrappers, bound arguments, objects, aliases."""

from __future__ import annotations

import pytest

from tests.pipelines.projects import Sandbox

STEP = """
@tm.step
def score():
    return SCORE(3)

@tm.pipeline
def p():
    return score()
"""
OBJECT = """
class Scaler:
    __slots__ = ("factor", "offset")
    def __init__(self, factor):
        self.factor = factor
        self.offset = 1
    def __call__(self, x):
        return x * self.factor + self.offset
    def scale(self, x):
        return x * self.factor
"""
DECORATOR = """
import functools
PLUS = 1
def tuned(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs) + PLUS
    return wrapper
def by(number):
    def tune(function):
        @functools.wraps(function)
        def wrapper(x):
            return function(x) * number
        return wrapper
    return tune
"""
HEAD = "import tidemill as tm\n"

CASES = {
    "wrapper": ("from tool import tuned\n@tuned\ndef SCORE(x):\n    return x\n", DECORATOR, "+ PLUS", "- PLUS", "tool"),
    "what a wrapper reads": (
        "from tool import tuned\n@tuned\ndef SCORE(x):\n    return x\n", DECORATOR, "PLUS = 1", "PLUS = 2", "tool",
    ),
    "wrapped": (
        "from tool import tuned\n@tuned\ndef SCORE(x):\n    return x\n", DECORATOR, "return x", "return -x", "project",
    ),
    "argument of a decorator": (
        "from tool import by\nN = 2\n@by(N)\ndef SCORE(x):\n    return x\n", DECORATOR, "N = 2", "N = 3", "project",
    ),
    "wrapper of a library": (
        "import functools\n@functools.lru_cache\ndef SCORE(x):\n    return x\n", "", "return x", "return -x", "project",
    ),
    "context manager": (
        ("import contextlib\n@contextlib.contextmanager\ndef one(x):\n    yield x + 1\n"
        "def SCORE(x):\n    with one(x) as y:\n        return y\n"),
        "", "x + 1", "x + 2", "project",
    ),
    "lambda": ("SCORE = lambda x: x + 1\n", "", "x + 1", "x + 2", "project"),
    "the second line of a lambda": (
        "TABLE = dict(\n    a=lambda x: x\n        + 1,\n)\nSCORE = TABLE['a']\n", "", "+ 1", "+ 2", "project",
    ),
    "a function in a table": (
        "def one(x):\n    return x + 1\nTABLE = {'a': one}\ndef SCORE(x):\n    return TABLE['a'](x)\n",
        "", "x + 1", "x + 2", "project",
    ),
    "partial's function": (
        "from functools import partial\nfrom tool import add\nSCORE = partial(add, 1)\n",
        "def add(a, b):\n    return a + b\n", "a + b", "a - b", "tool",
    ),
    "partial's argument": (
        "from functools import partial\nfrom tool import add\nSCORE = partial(add, 1)\n",
        "def add(a, b):\n    return a + b\n", "add, 1", "add, 2", "project",
    ),
    "partial's keyword": (
        "from functools import partial\nfrom tool import add\nSCORE = partial(add, b=1)\n",
        "def add(a, b):\n    return a + b\n", "b=1", "b=2", "project",
    ),
    "code of an object's class": (
        "from tool import Scaler\nSCORE = Scaler(2)\n", OBJECT, "* self.factor +", "- self.factor +", "tool",
    ),
    "state of an object": (
        "from tool import Scaler\nfrom size import S\nSCORE = Scaler(S)\n", OBJECT, "2", "3", "size",
    ),
    "state behind a method": (
        "from tool import Scaler\nfrom size import S\nSCORE = Scaler(S).scale\n", OBJECT, "2", "3", "size",
    ),
    "code of a method": (
        "from tool import Scaler\nSCORE = Scaler(2).scale\n", OBJECT, "return x * self.factor\n", "return x\n", "tool",
    ),
    "aliases that change places": (
        "def one(x):\n    return 1\ndef two(x):\n    return 2\nA, B = one, two\ndef SCORE(x):\n    return A(x)\n",
        "", "A, B = one, two", "A, B = two, one", "project",
    ),
    "two lambdas": (
        "F = lambda x: 1\nG = lambda x: 2\ndef SCORE(x):\n    return F(x) - G(x)\n", "", "x: 2", "x: 3", "project",
    ),
    "two functions of one factory": (
        ("def make(n):\n    def f(x):\n        return n\n    return f\nF, G = make(1), make(2)\n"
        "def SCORE(x):\n    return F(x) - G(x)\n"),
        "", "make(2)", "make(3)", "project",
    ),
    "what a getter gets": (
        "import operator\nROW = {'a': 1, 'b': 2}\nG = operator.itemgetter('a')\ndef SCORE(x):\n    return G(ROW)\n",
        "", "itemgetter('a')", "itemgetter('b')", "project",
    ),
    "the order of a dictionary": (
        "T = {'a': 1, 'b': 2}\ndef SCORE(x):\n    return next(iter(T.values()))\n",
        "", "{'a': 1, 'b': 2}", "{'b': 2, 'a': 1}", "project",
    ),
    "the value of an enum's member": (
        "import tool\nMODE = tool.Mode.A\ndef SCORE(x):\n    return MODE.value\n",
        "import enum\nclass Mode(enum.Enum):\n    A = 1\n", "A = 1", "A = 2", "tool",
    ),
    "the end of a long pattern": (
        (f"import re\nfrom size import P\nPATTERN = re.compile(P)\ndef SCORE(x):\n"
        f"    return 1 if PATTERN.search('{'a' * 300}c') else 0\n"), "", "ab", "ac", "size",
    ),
    "a vectorized function": (
        "import numpy as np\nfrom tool import f\nSCORE = np.vectorize(f)\n", "def f(x):\n    return x\n",
        "return x", "return -x", "tool",
    ),
    "an attribute of a function": (
        "from size import S\ndef SCORE(x):\n    return SCORE.rate\nSCORE.rate = S\n", "", "2", "3", "size",
    ),
}  # fmt: skip


_SOME = ("what a wrapper reads", "partial's argument", "code of an object's class", "aliases that change places")


@pytest.mark.parametrize(
    "case", [name if name in _SOME else pytest.param(name, marks=pytest.mark.long) for name in CASES]
)
def test_a_change_executes_the_step_and_nothing_else_does(sandbox: Sandbox, case: str) -> None:
    declared, tool, old, new, file = CASES[case]
    files = {"project": HEAD + declared + STEP, "tool": tool or "X = 1\n", "size": f"S = 2\nP = '{'a' * 300}b'\n"}
    for name, text in files.items():
        sandbox.write(text, f"{name}.py")
    sandbox.write("X = 1\n", "unrelated.py")
    before = sandbox.run()
    sandbox.write("X = 2\n", "unrelated.py")
    assert sandbox.states() == ["reused"], sandbox.run().steps[0].note
    assert old in files[file]
    sandbox.write(files[file].replace(old, new), f"{file}.py")
    after = sandbox.run()
    assert after.steps[0].state == "executed", f"{case}: a false hit"
    assert after.result == sandbox.run(use_cache=False).result != before.result


def test_names_of_a_library_are_known_by_its_version(sandbox: Sandbox) -> None:
    sandbox.write(
        HEAD + "import numpy as np\nfrom numpy import sin, array\nfrom polars import col, lit\nfrom math import sqrt\n"
        "from json import dumps\n"
        "def SCORE(x):\n    return len(dumps(sqrt(sin(array([1.0]))[0]))) and len(str(col('a') + lit(1)))\n" + STEP
    )
    sandbox.run()
    again = sandbox.run().steps[0]
    assert again.state == "reused", again.note
