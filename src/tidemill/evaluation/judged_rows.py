"""Which rows a rule was judged on, in records and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Rows = Literal["holdout", "latest_labelled"]
ROWS = ("holdout", "latest_labelled")


@dataclass(frozen=True)
class JudgedRows:
    """Rows with a label on which two models were compared.

    kind: the candidate's own ``holdout``, or the ``latest_labelled`` rows that the endpoint has answered.
    n: how many. first_at, last_at: event times of the first and the last of them, ISO 8601 UTC.
    instead: why these and not the rows that the rule asks for; empty when they are.
    """

    kind: Rows
    n: int
    first_at: str
    last_at: str
    instead: str = ""

    def words(self) -> str:
        """Say which rows.

        >>> JudgedRows("latest_labelled", 12345, "2013-06-03T05:00:00.000000Z", "2013-06-16T21:00:00.000000Z").words()
        'on 12,345 labelled rows of 2013-06-03 to 2013-06-16'
        """
        what = "labelled rows" if self.kind == "latest_labelled" else "rows of the candidate's holdout"
        joined = "of" if self.kind == "latest_labelled" else "from"
        return f"on {self.n:,} {what} {joined} {self.first_at[:10]} to {self.last_at[:10]}"

    def to_json(self) -> dict[str, Any]:
        """Return the record as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> JudgedRows:
        """Read what `to_json` gave. Raises TypeError when it is something else."""
        return cls(**record)
