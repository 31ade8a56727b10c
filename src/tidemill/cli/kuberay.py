"""tidemill kuberay: manifests of a Ray cluster for Kubernetes."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer

from tidemill.cli.options import Json
from tidemill.cli.output import print_json
from tidemill.core import write_atomically
from tidemill.pipelines.executors.kuberay import HEADER, RayCluster, manifest, to_yaml

app = typer.Typer(add_completion=False)
_OLDEST = "2.60.0"


@app.command()
def kuberay(
    image: Annotated[str, typer.Option("--image", help="An image with the project's lock and tidemill[ray].")],
    workers: Annotated[int, typer.Option("--workers", min=1, help="How many worker pods at most.")] = 2,
    name: Annotated[str, typer.Option("--name", help="Name of the cluster.")] = "tidemill",
    cpus: Annotated[str, typer.Option("--cpus", help="Processors of each worker.")] = "2",
    memory: Annotated[str, typer.Option("--memory", help="Memory of each worker.")] = "4Gi",
    gpus: Annotated[int, typer.Option("--gpus", min=0, help="GPUs of each worker.")] = 0,
    run: Annotated[str, typer.Option("--run", help="Make the cluster for one run of this pipeline.")] = "",
    out: Annotated[Path | None, typer.Option("--out", help="Write to this file instead of printing.")] = None,
    json: Json = False,
) -> None:
    """Write the manifest of a Ray cluster for KubeRay, or of one run on a cluster of its own."""
    entry = f"tidemill run {run} --executor ray" if run else ""
    made = manifest(RayCluster(image, _ray_version(), name, workers, cpus, memory, gpus, entry))
    if json:
        print_json(made)
        return
    text = HEADER + to_yaml(made)
    if out is None:
        typer.echo(text, nl=False)
        return
    write_atomically(out, text.encode("utf-8"))
    typer.echo(f"written to {out}; try it with: kubectl apply --dry-run=server -f {out}")


def _ray_version() -> str:
    try:
        return version("ray")
    except PackageNotFoundError:
        return _OLDEST
