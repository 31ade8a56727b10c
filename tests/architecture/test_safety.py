"""Nothing stored is unpickled, no text is run as code, no shell is started."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.house import Module, modules

UNSAFE_LIBRARIES = {"pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
UNSAFE_CALLS = {"eval", "exec", "compile"}
SHELL_CALLS = {("os", "system"), ("os", "popen"), ("subprocess", "getoutput"), ("subprocess", "getstatusoutput")}


def test_no_pickle_no_evaluated_text_no_shell() -> None:
    wrong = [line for module in modules() for line in _unsafe(module)]
    assert not wrong, "\n".join(wrong)


def _unsafe(module: Module) -> Iterator[str]:
    for entry in module.imports:
        if entry.library in UNSAFE_LIBRARIES:
            yield f"{module.at(entry)} imports {entry.library}"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in UNSAFE_CALLS:
                yield f"{module.at(node)} calls {node.func.id}()"
            if any(_asks_for_shell(keyword) for keyword in node.keywords):
                yield f"{module.at(node)} starts a shell"
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if (node.value.id, node.attr) in SHELL_CALLS:
                yield f"{module.at(node)} uses {node.value.id}.{node.attr}"
            if node.attr == "allow_pickle":
                yield f"{module.at(node)} allows pickle"


def _asks_for_shell(keyword: ast.keyword) -> bool:
    dangerous = keyword.arg in ("shell", "allow_pickle")
    return dangerous and not (isinstance(keyword.value, ast.Constant) and keyword.value.value is False)
