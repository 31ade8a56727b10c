"""Taking old predictions and their labels away, a whole segment of the log at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from tidemill.feedback._repository import Part
from tidemill.feedback._tables import label_table, prediction_part_table, prediction_table, quarantined_label_table
from tidemill.storage.records import Transaction


class SegmentFacts(NamedTuple):
    """What decides whether a segment is kept: how far it was read, and when its last row was recorded."""

    endpoint: str
    segment: str
    end: int
    n_rows: int
    last_recorded_at: str

    @property
    def reference(self) -> str:
        """Return endpoint and segment as one name."""
        return f"{self.endpoint}/{self.segment}"


def list_segment_facts(tx: Transaction, project: str) -> list[SegmentFacts]:
    """Return the segments of a project that were read, and whose rows are all kept as blobs."""
    table = prediction_part_table.c
    statement = (
        sa.select(
            table.endpoint,
            table.segment,
            sa.func.max(table.end).label("end"),
            sa.func.sum(table.n_rows).label("n_rows"),
            sa.func.max(table.last_recorded_at).label("last_recorded_at"),
        )
        .where(table.project_id == project)
        .group_by(table.endpoint, table.segment)
        .having(sa.func.min(sa.func.length(table.blob)) > 0)
    )
    return [SegmentFacts(**row) for row in tx.rows(statement)]


def parts_of(tx: Transaction, project: str, segment: SegmentFacts) -> list[Part]:
    """Return the parts of a segment."""
    table = prediction_part_table
    columns = [table.c[name] for name in Part._fields]
    mine = (table.c.project_id == project, table.c.endpoint == segment.endpoint, table.c.segment == segment.segment)
    return [Part(**row) for row in tx.rows(sa.select(*columns).where(*mine).order_by(table.c.start))]


def remove_predictions(tx: Transaction, project: str, ids: Sequence[str]) -> None:
    """Remove predictions and their labels; some hundreds at a time."""
    for table in (label_table, prediction_table):
        tx.execute(sa.delete(table).where(table.c.project_id == project, table.c.prediction_id.in_(ids)))


def remove_parts(tx: Transaction, project: str, segment: SegmentFacts) -> None:
    """Remove the parts of a segment, whose file is gone."""
    table = prediction_part_table.c
    mine = (table.project_id == project, table.endpoint == segment.endpoint, table.segment == segment.segment)
    tx.execute(sa.delete(prediction_part_table).where(*mine))


def list_quarantined_before(tx: Transaction, project: str, recorded_at: str) -> list[str]:
    """Return the ids of the labels that came into quarantine before an instant, settled or waiting."""
    table = quarantined_label_table.c
    statement = sa.select(table.id).where(table.project_id == project, table.recorded_at < recorded_at)
    return list(tx.execute(statement.order_by(table.id)).scalars())


def remove_quarantined(tx: Transaction, project: str, ids: Sequence[str]) -> None:
    """Remove labels from quarantine; some hundreds at a time."""
    table = quarantined_label_table.c
    tx.execute(sa.delete(quarantined_label_table).where(table.project_id == project, table.id.in_(ids)))
