"""What is stored for whom, and what a collection would let go."""

from __future__ import annotations

from tidemill.core import TidemillError, from_iso
from tidemill.retention import StoragePlan
from tidemill.server.pages.frame import frame_of, python_of
from tidemill.server.pages.page import Pages
from tidemill.server.roles import Admin
from tidemill.storage.blobs.collection import Share
from tidemill.storage.tables.table_reports import TableLine, list_tables
from tidemill.ui import urls, views


def storage(call: Admin) -> views.StoragePage:
    """Return what is stored for whom, and what would go now."""
    plan = call.rooms.collector.plan(call.caller)
    blobs = plan.blobs
    going = [("would be set aside", blobs.aside), ("would be deleted", blobs.deleted)]
    backups, backups_said = _backups(call)
    rows = [_row("kept", owner, share) for owner, share in sorted(blobs.kept.items())]
    rows += [_row("would be let go", f"{owner}, by retention", share) for owner, share in sorted(blobs.let_go.items())]
    rows += [_row("left alone", reason, share) for reason, share in sorted(blobs.spared.items())]
    rows += [_row("would be removed", f"abandoned: {owner}", share) for owner, share in sorted(blobs.abandoned.items())]
    rows += [_row(what, "no record names them", share) for what, share in going if share.n_blobs]
    rows += [
        views.StoredRow(
            what="left alone" if each.why_not else "would be removed",
            words=f"table {each.name}: {each.why_not or f'{each.n_versions:,} old versions'}",
            n_blobs=each.n_files,
            n_bytes=each.n_bytes,
        )
        for each in plan.tables
    ]
    return views.StoragePage(
        frame=frame_of(call),
        stored=tuple(rows),
        retention=_retention(plan),
        n_kept_bytes=sum(share.n_bytes for share in (*blobs.kept.values(), *blobs.spared.values())),
        tables=tuple(_table(line) for line in list_tables(call.rooms.tables)),
        backups=backups,
        backups_said=backups_said,
        encryption=_encryption(call),
        not_collected=plan.not_collected,
        n_going_bytes=sum(
            share.n_bytes
            for share in (*(share for _, share in going), *blobs.let_go.values(), *blobs.abandoned.values())
        ),
        python=python_of(call, "/api/storage"),
        cli="tidemill collect --dry-run",
    )


def _retention(plan: StoragePlan) -> tuple[views.RetentionRow, ...]:
    return tuple(
        views.RetentionRow(kind=line.kind, rule=line.rule, n_going=len(line.ids), n_kept=line.n_kept)
        for line in plan.retention
    )


def _table(line: TableLine) -> views.TableRow:
    return views.TableRow(
        name=line.name,
        version=line.version,
        n_rows=line.n_rows,
        n_columns=line.n_columns,
        changed_at=line.changed_at,
    )


def _backups(call: Admin) -> tuple[tuple[views.BackupRow, ...], str]:
    try:
        found = call.rooms.backups.list(call.caller)
    except TidemillError as error:
        return (), str(error)
    return tuple(
        views.BackupRow(
            folder=str(each.folder),
            made_at=from_iso(each.made_at),
            n_events=each.position,
            n_blobs=each.n_blobs,
            n_bytes=each.blob_bytes,
        )
        for each in found
    ), ""


def _encryption(call: Admin) -> views.EncryptionRow | None:
    found = call.rooms.encryption.status(call.caller)
    if found is None:
        return None
    return views.EncryptionRow(
        data_key=found.current,
        made_at=from_iso(dict(found.keys)[found.current]),
        n_data_keys=len(found.keys),
        master_keys=", ".join(found.masters),
    )


def _row(what: str, words: str, share: Share) -> views.StoredRow:
    return views.StoredRow(what=what, words=words, n_blobs=share.n_blobs, n_bytes=share.n_bytes)


PAGES = Pages(contexts=((urls.STORAGE, storage),))
