"""tidemill restore: bring a backup back as a new store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tidemill.cli.home import check_home
from tidemill.cli.options import HERE, Folder, Home, Json
from tidemill.cli.output import print_facts, print_json, size_text
from tidemill.cli.progress import shown_progress
from tidemill.core import load_settings
from tidemill.erasure import n_erased_since
from tidemill.storage.copies.restoring import restore as restore_backup

app = typer.Typer(add_completion=False)


@app.command()
def restore(
    backup: Annotated[Path, typer.Argument(metavar="BACKUP", help="A backup, or a folder of which the newest counts.")],
    folder: Folder = HERE,
    home: Home = None,
    json: Json = False,
) -> None:
    """Bring a backup back as a store, in a folder that is missing or empty; every byte is checked on its way."""
    settings = load_settings(folder, home=home.absolute() if home else None)
    check_home(settings.home)
    with shown_progress() as told:
        manifest = restore_backup(backup, settings.home, told)
    n_erased = n_erased_since(settings.home, manifest.made_at)
    if json:
        restored = {"home": settings.home, "made_at": manifest.made_at, "position": manifest.position}
        print_json(restored | {"n_erased_since": n_erased})
        return
    typer.echo(f"restored {settings.home} as it was at {manifest.made_at}")
    print_facts(
        {
            "records": f"{sum(manifest.tables.values()):,} rows of {len(manifest.tables)} tables",
            "events": f"{manifest.position:,}, the last with hash {manifest.hash}",
            "blobs": f"{manifest.n_blobs:,}, {size_text(manifest.blob_bytes)}",
        }
    )
    if n_erased:
        typer.echo(
            f"asked for since, and to be made again by 'tidemill up' or 'tidemill erase --finish': {n_erased:,} "
            f"erasure{'s' * (n_erased != 1)}"
        )
