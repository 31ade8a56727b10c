"""tidemill limits: every limit of logging, and what happens beyond it."""

from __future__ import annotations

import typer

from tidemill.cli.options import Json
from tidemill.cli.output import print_json, print_table
from tidemill.recording import LIMITS

app = typer.Typer(add_completion=False)


@app.command()
def limits(json: Json = False) -> None:
    """List every limit of what is logged and sent, and what happens beyond it."""
    if json:
        print_json([limit._asdict() for limit in LIMITS])
        return
    rows = [(limit.of, f"{limit.most:,} {limit.unit}", limit.beyond) for limit in LIMITS]
    print_table(("limit of", "at most", "beyond"), rows, "")
