"""Names for runs that were given none: two words and a number, told from the run's id."""

from __future__ import annotations

import hashlib

_HOW = (
    "amber", "brisk", "calm", "clear", "deep", "early", "even", "fair", "fresh", "gentle", "grey", "high", "keen",
    "late", "low", "mild", "new", "quiet", "rapid", "silver", "slow", "steady", "swift", "warm",
)  # fmt: skip
_WHAT = (
    "bay", "beacon", "brook", "cape", "current", "delta", "dune", "ebb", "eddy", "ferry", "fjord", "gull", "harbour",
    "heron", "inlet", "lagoon", "marsh", "mill", "reef", "river", "sluice", "tide", "wave", "weir",
)  # fmt: skip


def made_name(run_id: str) -> str:
    """Return the name for a run, always the same for one id.

    >>> made_name("01a2").count("-")
    2
    """
    digest = hashlib.sha256(run_id.encode()).digest()
    return f"{_HOW[digest[0] % len(_HOW)]}-{_WHAT[digest[1] % len(_WHAT)]}-{int.from_bytes(digest[2:4]) % 1000}"
