"""What an import or export came to: counts of what there was and what is new, what was compared, what was left out."""

from __future__ import annotations

from dataclasses import dataclass, field

from tidemill.compat.mlflow_stores.left_out import Line


@dataclass
class Count:
    """Of one kind: how many there are in the source, how many came with this call, how many were there already."""

    found: int = 0
    new: int = 0
    there: int = 0


@dataclass
class MoveReport:
    """What was moved from where to where.

    n_updated: how many runs were still at work when they came, and were brought up to date now.
    verified: how many runs were read back and compared with the source, point by point and file by file. different:
    what was not the same then. renumbered: experiments by their id in the source that have another here.
    """

    source: str
    target: str
    dry_run: bool = False
    experiments: Count = field(default_factory=Count)
    runs: Count = field(default_factory=Count)
    logged_models: Count = field(default_factory=Count)
    traces: Count = field(default_factory=Count)
    registered_models: Count = field(default_factory=Count)
    versions: Count = field(default_factory=Count)
    aliases: Count = field(default_factory=Count)
    n_params: int = 0
    n_tags: int = 0
    n_points: int = 0
    n_files: int = 0
    n_bytes: int = 0
    n_updated: int = 0
    verified: int = 0
    different: list[Line] = field(default_factory=list)
    renumbered: dict[str, str] = field(default_factory=dict)
    n_left_out: int = 0
    left_out: list[Line] = field(default_factory=list)
