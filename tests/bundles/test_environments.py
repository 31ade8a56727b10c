"""Environments: tables of `tidemill.toml`, chosen by a variable or by `--env` on any command."""

from __future__ import annotations

from pathlib import Path

import pytest

from tidemill.cli.environment import environment_of
from tidemill.core import UsageError, environment_names, load_settings, shares_store

TOML = """
module = "shop.py"
port = 8500
[environments.staging]
port = 8600
[environments.prod]
records = "postgresql://ann:hunter2@db/shop"
blobs = "s3://shop"
[environments.lab]
home = "../lab"
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "tidemill.toml").write_text(TOML)
    return tmp_path


def test_an_environment_overrides_what_it_names(shop: Path) -> None:
    dev = load_settings(shop, environ={})
    assert (dev.env, dev.port, dev.records, dev.home) == ("dev", 8500, "", shop / ".tidemill")
    staging = load_settings(shop, environ={"TIDEMILL_ENV": "staging"})
    assert (staging.env, staging.port, staging.module, staging.home) == ("staging", 8600, "shop.py", dev.home)
    prod = load_settings(shop, environ={}, env="prod")
    assert (prod.env, prod.blobs, prod.home) == ("prod", "s3://shop", shop / ".tidemill-prod")
    assert prod.records.startswith("postgresql://")
    assert "hunter2" not in repr(prod)
    assert load_settings(shop, environ={"TIDEMILL_PORT": "1"}, env="staging").port == 1
    assert load_settings(shop, environ={"TIDEMILL_ENV": "prod"}, env="lab").home == shop / "../lab"


def test_environments_share_a_store_unless_they_name_their_own(shop: Path, tmp_path: Path) -> None:
    assert environment_names(shop) == ("dev", "staging", "prod", "lab")
    assert shares_store(shop, "dev", "staging")
    assert not shares_store(shop, "dev", "prod")
    assert not shares_store(shop, "lab", "staging")
    assert shares_store(shop, "lab", "lab")


@pytest.mark.parametrize(
    ("toml", "env", "words"),
    [
        (TOML, "prd", r"has no environment 'prd'. Did you mean 'prod'\? There is: dev, staging, prod, lab"),
        ("", "prod", "has no environment 'prod'"),
        ("environments = 3", "dev", "sets environments to 3; write a table for each"),
        ("[environments]\nstaging = 1", "dev", "write a table for each"),
        ("[environments.staging]\nrecord = 'x'", "staging", r"\[environments.staging\].*sets 'record'.*Did you mean"),
        ("[environments.staging]\nport = 'x'", "staging", "sets port to 'x'"),
        ("[environments.staging]\nenv = 'dev'", "staging", "its table"),
        ("[environments.'../x']\nport = 1", "dev", "cannot name a environment"),
    ],
)
def test_mistakes_are_told_in_a_line(tmp_path: Path, toml: str, env: str, words: str) -> None:
    (tmp_path / "tidemill.toml").write_text(toml)
    with pytest.raises(UsageError, match=words):
        load_settings(tmp_path, environ={}, env=env)


@pytest.mark.parametrize(
    ("given", "left", "name"),
    [
        (["runs", "--env", "staging", "--json"], ["runs", "--json"], "staging"),
        (["--env=staging", "runs"], ["runs"], "staging"),
        (["runs", "--env", "a", "--env", "b"], ["runs"], "b"),
        (["run", "--", "--env", "x"], ["run", "--", "--env", "x"], None),
        (["run", "-p", "x=--env"], ["run", "-p", "x=--env"], None),
    ],
)
def test_the_option_may_stand_anywhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: list[str], left: list[str], name: str | None
) -> None:
    monkeypatch.delenv("TIDEMILL_ENV", raising=False)
    (tmp_path / "tidemill.toml").write_text("[environments.staging]\n[environments.a]\n[environments.b]\n")
    with environment_of(given):
        assert given == left
        assert load_settings(tmp_path).env == (name or "dev")
    assert load_settings(tmp_path).env == "dev"


@pytest.mark.parametrize("given", [["runs", "--env"], ["runs", "--env", "--json"], ["runs", "--env="]])
def test_the_option_needs_a_name(given: list[str]) -> None:
    with pytest.raises(UsageError, match="--env takes the name"), environment_of(given):
        pass
