"""The part of YAML that MLflow writes is read as PyYAML reads it."""

from __future__ import annotations

import random

import pytest
import yaml

from tidemill.compat.mlflow_stores.flat_yaml import read_flat_yaml
from tidemill.core import DamagedError

PARTS = [*"abc :'\"#-\n\t\\{}[],&*!|>%@`0123.~é ☃?=", "  ", "null", "true", " #", ": ", "\n\n", "1e5", "word " * 9]
KEYS = ("name", "run_id", "mlflow.data.context", "a b", "x:y", "'q", "-k", "1")


def test_it_reads_what_pyyaml_writes() -> None:
    chance = random.Random(1)
    for _ in range(1500):
        given = {chance.choice(KEYS) + str(at): _value(chance) for at in range(chance.randint(1, 5))}
        text = yaml.safe_dump(given, default_flow_style=False, allow_unicode=True)
        assert read_flat_yaml(text) == given, text


@pytest.mark.parametrize("text", ["", "just text", "a: 'open", "a: [1, 2]", "- 1\n- 2", "a: *b", "\0"])
def test_what_is_no_such_mapping_is_damaged(text: str) -> None:
    with pytest.raises(DamagedError):
        read_flat_yaml(text)


def _value(chance: random.Random) -> object:
    text = "".join(chance.choice(PARTS) for _ in range(chance.randint(0, 30)))
    plain = [None, chance.randint(-9, 10**18), 1.5, True, False, float("inf"), text, "long words " * 20]
    return chance.choice([*plain, {}, [], {"a b": "x y", "mlflow.x": text[:9]}, ["a", 1, "x: y"]])
