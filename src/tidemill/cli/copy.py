"""tidemill copy: copy a store to another, and compare the two."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tidemill.cli.encrypting import key_source
from tidemill.cli.options import Json
from tidemill.cli.output import print_facts, print_json, print_table, size_text
from tidemill.cli.progress import shown_progress
from tidemill.core import SystemClock
from tidemill.storage.stores import Place, copy_store

app = typer.Typer(add_completion=False)


@app.command()
def copy(
    source: Annotated[Path, typer.Argument(metavar="SRC", help="Folder of a store.")],
    target: Annotated[Path, typer.Argument(metavar="DST", help="Folder that is empty, or holds a part of this copy.")],
    from_records: Annotated[str, typer.Option(help="URL of SRC's records, when they are elsewhere.")] = "",
    from_blobs: Annotated[str, typer.Option(help="URL of SRC's blobs, when they are elsewhere.")] = "",
    to_records: Annotated[str, typer.Option(help="URL of DST's records, when they are to be elsewhere.")] = "",
    to_blobs: Annotated[str, typer.Option(help="URL of DST's blobs, when they are to be elsewhere.")] = "",
    from_tables: Annotated[str, typer.Option(help="URL of SRC's tables, when they are elsewhere.")] = "",
    to_tables: Annotated[str, typer.Option(help="URL of DST's tables, when they are to be elsewhere.")] = "",
    from_key: Annotated[str, typer.Option(help="Where SRC's key is, when it is encrypted: env:NAME, file:PATH.")] = "",
    to_key: Annotated[str, typer.Option(help="Where DST's key is, when it is to be encrypted.")] = "",
    json: Json = False,
) -> None:
    """Copy a store, ids kept, and compare rows, digests and the chain of events. Run again, it goes on where it was."""
    keys = key_source(from_key, "--from-key", Path()), key_source(to_key, "--to-key", Path())
    places = (
        Place(source, from_records, from_blobs, from_tables, keys[0]),
        Place(target, to_records, to_blobs, to_tables, keys[1]),
    )
    with shown_progress() as told:
        done = copy_store(*places, SystemClock(), told)
    if json:
        print_json(done)
        return
    rows = [(each.name, f"{each.n_rows:,}", f"{each.n_written:,}", each.digest[:12]) for each in done.records.tables]
    print_table(("table", "rows", "written", "digest"), rows, "")
    blobs, tables, head = done.blobs, done.tables, done.records.head
    print_facts(
        {
            "events": f"{head.position:,}, the last with hash {head.hash}",
            "blobs": f"{blobs.n_blobs:,}; {blobs.n_sent:,} sent, {size_text(blobs.sent_bytes)}",
            "tables": f"{tables.n_tables:,}; {tables.n_sent:,} files sent, {size_text(tables.sent_bytes)}",
            "files": f"{done.n_files:,}",
        }
    )
    typer.echo(f"{target} is equal to {source}")
