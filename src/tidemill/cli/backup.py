"""tidemill backup: back up the store while it is in use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json
from tidemill.cli.output import print_facts, print_json, size_text
from tidemill.cli.progress import shown_progress
from tidemill.cli.session import open_session

app = typer.Typer(add_completion=False)


@app.command()
def backup(
    destination: Annotated[Path, typer.Argument(metavar="DEST", help="A folder of backups, outside of the store.")],
    own_bytes: Annotated[
        bool, typer.Option("--own-bytes", help="Copy the blobs also where they could be shared with the store.")
    ] = False,
    folder: Folder = HERE,
    home: Home = None,
    json: Json = False,
) -> None:
    """Back up the store, with all projects, while it is in use; a further one takes the space of what is new.

    Broken off, it goes on where it was when it is run again. 'tidemill verify --home BACKUP' checks a backup.
    """
    session = open_session(folder, home)
    with shown_progress() as told:
        made = session.workspace.backups.back_up(session.caller, destination, link=not own_bytes, told=told)
    manifest = made.manifest
    if json:
        print_json(
            {
                "backup": made.folder,
                "made_at": manifest.made_at,
                "schema": manifest.schema,
                "head": {"position": manifest.position, "hash": manifest.hash},
                "tables": manifest.tables,
                "n_files": len(manifest.files),
                "n_blobs": manifest.n_blobs,
                "blob_bytes": manifest.blob_bytes,
                "n_new_blobs": made.n_new_blobs,
                "new_blob_bytes": made.new_blob_bytes,
            }
        )
        return
    typer.echo(f"backed up to {made.folder}")
    print_facts(
        {
            "records": f"{sum(manifest.tables.values()):,} rows of {len(manifest.tables)} tables",
            "events": f"{manifest.position:,}, the last with hash {manifest.hash}",
            "blobs": f"{manifest.n_blobs:,}, {size_text(manifest.blob_bytes)}; {made.n_new_blobs:,} of them new, "
            f"{size_text(made.new_blob_bytes)}",
            "files": f"{len(manifest.files):,}",
        }
    )
