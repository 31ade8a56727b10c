"""Ids and keys as MLflow allows them, and texts cut to what it keeps."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from contextlib import nullcontext, suppress

from tidemill.compat.mlflow.errors import MlflowError, invalid, missing
from tidemill.compat.mlflow.values import shown

LONGEST_KEY = 250
LONGEST_PARAM, LONGEST_TAG = 6000, 8000
LONGEST_EXPERIMENT_TAG = 20_000
_KEY = re.compile(r"[/\w.\- :]*")
_RUN_ID = re.compile(r"[a-zA-Z0-9][\w\-]{0,255}")
_WHOLE = re.compile(r"-?[0-9]{1,500}")
_MOST_DIGITS = 20
_LARGEST_NUMBER = 2**63 - 1
_ALLOWED = (
    "Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and "
    "slashes (/)."
)


def check_key(key: str, place: str) -> None:
    """Raise MlflowError unless a param, metric or tag may have this key; `place` is where it stands."""
    if len(key) > LONGEST_KEY:
        raise invalid(
            f"Invalid value {shown(key[:80])} for parameter '{place}' supplied: '{place}' exceeds the maximum length "
            f"of {LONGEST_KEY} characters; it has {len(key)}"
        )
    if not _KEY.fullmatch(key):
        raise invalid(f"Invalid value {shown(key)} for parameter '{place}' supplied: {_ALLOWED}")
    plain = posixpath.normpath(key)
    if plain != key or plain == "." or plain.startswith(("..", "/")):
        raise invalid(
            f"Invalid value {shown(key)} for parameter '{place}' supplied: Names may be treated as files in certain "
            f"cases, and must not resolve to other names when treated as such. This name would resolve to {plain!r}"
        )


def check_keys(keys: Iterable[str], field: str) -> None:
    """Check the keys of the entries of a list, telling the place of the first that cannot be."""
    good: set[str] = set()
    for at, key in enumerate(keys):
        if key not in good:
            check_key(key, f"{field}[{at}].key")
            good.add(key)


def check_run_id(run_id: str) -> str:
    """Return a run's id. Raises MlflowError, that there is no such run, when none can be so."""
    if not _RUN_ID.fullmatch(run_id):
        raise missing(f"Run with id={run_id[:300]} not found")
    return run_id


def experiment_number(experiment_id: str) -> int:
    """Return the number that is an experiment's id. Raises MlflowError when none can be so, or there is none."""
    if not _WHOLE.fullmatch(experiment_id):
        raise invalid(f"Invalid experiment ID {experiment_id[:80]!r}. Experiment ID must be a valid integer.")
    if len(experiment_id) > _MOST_DIGITS or not 0 <= int(experiment_id) <= _LARGEST_NUMBER:
        raise missing(f"No Experiment with id={experiment_id[:80]} exists")
    return int(experiment_id)


def known_numbers(experiment_ids: Iterable[str]) -> list[int]:
    """Return the numbers of experiments, leaving out those that none has. Raises MlflowError for what is no number."""
    numbers = []
    for each in experiment_ids:
        with suppress(MlflowError) if _WHOLE.fullmatch(each) else nullcontext():
            numbers.append(experiment_number(each))
    return numbers
