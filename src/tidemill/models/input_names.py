"""Names that a model can give to its inputs."""

from __future__ import annotations

from collections.abc import Iterable

from tidemill.core import UsageError

FORBIDDEN = frozenset('",:[]{}\n\r\0')


def check_input_names(names: Iterable[str]) -> None:
    """Check names before training: LightGBM refuses some, without saying which.

    Raises UsageError for an empty name, a character of JSON or a line break in a name, and two names that are one
    when spaces become underscores.

    >>> check_input_names(["carrier", "wind speed"])
    """
    written: dict[str, str] = {}
    for name in names:
        bad = sorted(FORBIDDEN.intersection(name))
        if not name or bad:
            holds = f"holds {', '.join(map(repr, bad))}" if bad else "is empty"
            raise UsageError(
                f"The column name {name!r} {holds}, which model files cannot carry: rename the column with letters, "
                f"digits and underscores."
            )
        other = written.setdefault(name.replace(" ", "_"), name)
        if other != name:
            raise UsageError(
                f"The column names {other!r} and {name!r} are the same in a model file, where a space becomes an "
                f"underscore: rename one of them."
            )
