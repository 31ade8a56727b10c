"""tidemill verify: check that nobody has changed the audit trail."""

from __future__ import annotations

import re
from json import JSONDecodeError, dumps, loads
from pathlib import Path
from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_facts, print_json, print_table
from tidemill.cli.progress import shown_progress
from tidemill.cli.session import open_session
from tidemill.core import UnavailableError, UsageError, write_atomically
from tidemill.storage.copies.backup_manifest import is_backup
from tidemill.storage.copies.restoring import BackupReport, check_backup
from tidemill.storage.sealing import Head
from tidemill.storage.verification import ChainReport

app = typer.Typer(add_completion=False)


@app.command()
def verify(
    export: Annotated[
        Path | None, typer.Option("--export", help="Write the chain's head to a file, to be kept elsewhere.")
    ] = None,
    against: Annotated[
        Path | None, typer.Option("--against", help="A head that was exported: must still be part of the chain.")
    ] = None,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Check that nobody has changed the audit trail, of all projects. Exit code 1 when something is wrong with it.

    With --home BACKUP a backup is checked: every byte against its manifest, and the audit trail in it.
    """
    known = read_head(against) if against else None
    if home is not None and is_backup(home):
        checked = _check_backup(home, known, json=json)
        report, sound = checked.chain, checked.sound
    else:
        session = open_session(folder, home, project)
        report = session.workspace.audit.verify(session.caller, known)
        sound = report.sound
        print_json(_told(report)) if json else _print(report)
    if not sound:
        if export is not None:
            typer.echo(f"{export} is not written: the head of a chain that is not sound vouches for nothing", err=True)
        raise typer.Exit(1)
    if export is not None and report is not None:
        _write_head(export, report.head)


def _check_backup(home: Path, against: Head | None, *, json: bool) -> BackupReport:
    with shown_progress() as told:
        report = check_backup(home, against, told)
    if json:
        chain = _told(report.chain) if report.chain else {"n_entries": None}
        print_json(chain | {"sound": report.sound, "damaged": report.findings, "made_at": report.manifest.made_at})
        return report
    if report.chain is not None:
        _print(report.chain)
    for finding in report.findings:
        typer.echo(finding)
    whole = "not sound" if report.findings else "sound"
    n_files = _plural(len(report.manifest.files) + report.manifest.n_blobs, "file")
    typer.echo(f"{whole}: {n_files} of the backup, compared with its manifest of {report.manifest.made_at}")
    return report


def read_head(file: Path) -> Head:
    """Read a head that was exported, or saved from ``/api/events/head``. Raises UsageError."""
    try:
        given = loads(file.read_text("utf-8"))
        position, hash_ = given["position"], given["hash"]
    except OSError as error:
        raise UsageError(f"{file} cannot be read ({error.strerror}); --export writes such a file") from error
    except (UnicodeDecodeError, JSONDecodeError, KeyError, TypeError) as error:
        raise UsageError(f"{file} holds no head of a chain; --export writes such a file") from error
    if type(position) is not int or position < 0 or not re.fullmatch(r"[0-9a-f]{64}", str(hash_)):
        raise UsageError(f"{file} holds no head of a chain: position {position!r}, hash {hash_!r}")
    return Head(position, hash_)


def _write_head(file: Path, head: Head) -> None:
    try:
        write_atomically(file.absolute(), dumps({"position": head.position, "hash": head.hash}).encode() + b"\n")
    except OSError as error:
        raise UnavailableError(f"{file} cannot be written ({error.strerror}); name another with --export") from error


def _told(report: ChainReport) -> dict[str, object]:
    return {
        "sound": report.sound,
        "n_entries": report.n_entries,
        "head": report.head,
        "n_findings": report.n_findings,
        "findings": report.findings,
        "notes": report.notes,
    }


def _print(report: ChainReport) -> None:
    if report.sound:
        typer.echo(f"sound: {_plural(report.n_entries, 'event')}, each as it was sealed, none missing, none put in")
        print_facts({"position": report.head.position, "hash": report.head.hash})
        _print_notes(report)
        return
    rows = [(finding.kind, finding.sentence) for finding in report.findings]
    print_table(("finding", "what is wrong"), rows, "")
    more = report.n_findings - len(rows)
    found, among = _plural(report.n_findings, "finding"), _plural(report.n_entries, "event")
    typer.echo(f"not sound: {found} in {among}{f', {more:,} more' * (more > 0)}")
    _print_notes(report)


def _print_notes(report: ChainReport) -> None:
    for note in report.notes:
        typer.echo(f"note: {note}")


def _plural(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'s' * (n != 1)}"
