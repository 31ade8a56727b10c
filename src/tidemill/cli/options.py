"""The options that commands share, declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Home = Annotated[
    Path | None, typer.Option("--home", help="Folder of the store.  [default: .tidemill]", show_default=False)
]
Folder = Annotated[Path, typer.Option("--folder", "-C", help="Folder of the project.")]
Pin = Annotated[
    list[str] | None,
    typer.Option("--pin", help="A dataset version to read, not the source's files, as flights@3; may be repeated."),
]
ProjectName = Annotated[
    str | None, typer.Option("--project", help="Project inside the store.  [default: default]", show_default=False)
]
Params = Annotated[
    list[str] | None, typer.Option("--param", "-p", help="A pipeline's param, as name=value; may be repeated.")
]
Executor = Annotated[
    str | None,
    typer.Option(
        "--executor",
        help="Where steps are executed: in-process, pool, ray, or ray://host:port.  [default: in-process]",
        show_default=False,
    ),
]
Workers = Annotated[int, typer.Option("--workers", min=0, help="How many steps at once; 0: as many as is worth it.")]
HERE = Path()
