"""What a line of configuration keeps."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tidemill.core import UsageError, load_settings
from tidemill.retention import Policy, Rule, parse_policy, parse_rule
from tidemill.retention.rule import Best


def test_a_line_is_the_union_of_its_parts() -> None:
    text = "last 50, best 3 by auc, best 2 by log_loss, registered, 90d"
    best = (Best(3, "auc"), Best(2, "log_loss"))
    assert parse_rule("runs", text) == Rule(text, 50, best, registered=True, age=timedelta(days=90))
    assert parse_policy([]) == Policy(), "what has no line is kept"


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        ("runs", "first 50", "'first 50' is no way to keep runs; write 'last N'"),
        ("runs", "", "'' is no way to keep runs"),
        ("runs", "last 5, last 6", "says 'last N' twice"),
        ("runs", "best 3", "'best 3' is no way"),
        ("runs", "last -1", "'last -1' is no way"),
        ("predictions", "last 5", "'last 5' is no way to keep predictions; write '90d'"),
        ("models", "registered", "'registered' is no way to keep models"),
        ("rns", "90d", "Did you mean 'runs'?"),
    ],
)
def test_what_is_no_line_is_refused_with_what_may_stand_there(kind: str, text: str, told: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_policy([(kind, text)])
    assert told in str(error.value)


def test_the_lines_come_from_the_file_or_the_environment(tmp_path: Path) -> None:
    (tmp_path / "tidemill.toml").write_text('[retention]\nruns = "last 5"\n')
    assert load_settings(tmp_path, environ={}).retention == (("runs", "last 5"),)
    given = {"TIDEMILL_RETENTION": "runs = last 50, 90d; predictions = 400d"}
    assert load_settings(tmp_path, environ=given).retention == (("runs", "last 50, 90d"), ("predictions", "400d"))
    (tmp_path / "tidemill.toml").write_text("retention = 5\n")
    with pytest.raises(UsageError, match="it takes a table of rules"):
        load_settings(tmp_path, environ={})
