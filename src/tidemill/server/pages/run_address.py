"""What the address of a table of runs, or of a comparison, asks for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fastapi import Request

from tidemill.core import UsageError
from tidemill.ui import urls

_MOST_COLUMNS = 40
_MOST_OF_ONE = 1000
_LONGEST = 10_000


@dataclass(frozen=True)
class RunsAsked:
    """Runs of these experiments (all, when none is named) that match a filter, in an order, with these columns.

    at: how many of them are passed over.
    """

    experiments: tuple[str, ...] = ()
    where: str = ""
    order: str = ""
    columns: tuple[str, ...] = ()
    at: int = 0

    def url(self, **changed: object) -> str:
        """Return the address that asks for the same but for what is changed, from the beginning."""
        asked = replace(self, **{"at": 0, **changed})  # type: ignore[arg-type]
        return urls.runs_url(
            experiments=asked.experiments, where=asked.where, order=asked.order, columns=asked.columns, at=asked.at
        )

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return what the address asks for, name and value, without the place."""
        pairs = [("experiment", name) for name in self.experiments]
        pairs += [("filter", self.where)] if self.where else []
        pairs += [("order", self.order)] if self.order else []
        return tuple(pairs + [("column", each) for each in self.columns])


def asked_of(request: Request, at: int = 0) -> RunsAsked:
    """Return what an address asks for. Raises UsageError where it is too much."""
    return RunsAsked(
        experiments=tuple(texts_of(request, "experiment")),
        where=text_of(request, "filter"),
        order=text_of(request, "order"),
        columns=tuple(texts_of(request, "column"))[:_MOST_COLUMNS],
        at=at,
    )


def text_of(request: Request, name: str) -> str:
    """Return the last value of a name, without spaces around it. Raises UsageError for one that is too long."""
    return _checked(name, request.query_params.get(name, "").strip())


def texts_of(request: Request, name: str) -> list[str]:
    """Return each value of a name once, in order, without blank ones. Raises UsageError for too many."""
    found = [*dict.fromkeys(each.strip() for each in request.query_params.getlist(name) if each.strip())]
    if len(found) > _MOST_OF_ONE:
        raise UsageError(f"the address names {len(found):,} values of {name!r}; {_MOST_OF_ONE:,} are the most")
    return [_checked(name, each) for each in found]


def _checked(name: str, text: str) -> str:
    if len(text) > _LONGEST:
        raise UsageError(f"{name!r} has {len(text):,} characters; {_LONGEST:,} are the most")
    return text
