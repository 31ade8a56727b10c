"""Manifests of a Ray cluster, or of one run on a cluster of its own, for the KubeRay operator.

Written from the operator's API reference (ray.io/v1, KubeRay 1.6); not run on a Kubernetes cluster here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tidemill.core import UsageError

_NAME = re.compile(r"[a-z]([a-z0-9-]{0,45}[a-z0-9])?")
_QUANTITY = re.compile(r"[0-9]+(\.[0-9]+)?(m|[kMGTPE]i?)?")
_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./:@-]*")
_NO_TEXT = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}
HEADER = (
    "# Written by `tidemill kuberay` from the documentation of KubeRay 1.6 (ray.io/v1).\n"
    "# It was not run on a cluster there: read it, and try it with kubectl apply --dry-run=server first.\n"
)


@dataclass(frozen=True)
class RayCluster:
    """What is asked of Kubernetes.

    image: holds this project's lock with the extra `ray`, and the same Python as whoever starts runs.
    n_workers: how many pods at most; idle ones are given back. cpus, memory, gpus: of each.
    run: a command line such as ``tidemill run delays --executor ray``: the cluster is made for it and goes after it.
    """

    image: str
    ray_version: str
    name: str = "tidemill"
    n_workers: int = 2
    cpus: str = "2"
    memory: str = "4Gi"
    gpus: int = 0
    run: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise UsageError(f"{self.name!r} names no cluster; use lower-case letters, digits and '-', at most 47")
        for what, value in (("cpus", self.cpus), ("memory", self.memory)):
            if not _QUANTITY.fullmatch(value):
                raise UsageError(f"{what} is {value!r}; Kubernetes takes a quantity such as 2, 500m or 4Gi")
        if not self.image or any(letter.isspace() for letter in self.image):
            raise UsageError(f"{self.image!r} is no image; name one as registry/project:tag")


def manifest(cluster: RayCluster) -> dict[str, Any]:
    """Return the manifest: a RayCluster, or a RayJob when a run is named.

    >>> manifest(RayCluster("shop/delays:3", "2.60.0"))["kind"]
    'RayCluster'
    """
    if not cluster.run:
        return {
            "apiVersion": "ray.io/v1",
            "kind": "RayCluster",
            "metadata": {"name": cluster.name},
            "spec": _cluster_spec(cluster),
        }
    return {
        "apiVersion": "ray.io/v1",
        "kind": "RayJob",
        "metadata": {"name": cluster.name},
        "spec": {
            "entrypoint": cluster.run,
            "shutdownAfterJobFinishes": True,
            "ttlSecondsAfterFinished": 600,
            # What is tried again is the run's to decide, step by step.
            "backoffLimit": 0,
            "rayClusterSpec": _cluster_spec(cluster),
        },
    }


def to_yaml(value: Mapping[str, Any]) -> str:
    """Return a manifest as YAML.

    >>> print(to_yaml({"spec": {"entrypoint": "tidemill run", "args": ["2", 3, True]}}), end="")
    spec:
      entrypoint: "tidemill run"
      args:
        - "2"
        - 3
        - true
    """
    return "".join(line + "\n" for line in _lines(value, 0))


def _cluster_spec(cluster: RayCluster) -> dict[str, Any]:
    worker = _resources(cluster.cpus, cluster.memory, cluster.gpus)
    return {
        "rayVersion": cluster.ray_version,
        # The operator makes a Secret of the cluster's name with a random token, and sets it in every pod.
        "authOptions": {"mode": "token"},
        "enableInTreeAutoscaling": True,
        "autoscalerOptions": {"idleTimeoutSeconds": 60},
        "headGroupSpec": {
            # The head has no work of its own: losing it loses the cluster.
            "rayStartParams": {"num-cpus": "0"},
            "template": _pod("ray-head", cluster.image, _resources("1", "2Gi", 0), {"gcs": 6379, "client": 10001}),
        },
        "workerGroupSpecs": [
            {
                "groupName": "steps",
                "replicas": 0,
                "minReplicas": 0,
                "maxReplicas": cluster.n_workers,
                "rayStartParams": {},
                "template": _pod("ray-worker", cluster.image, worker, {}),
            }
        ],
    }


def _pod(name: str, image: str, resources: dict[str, Any], ports: Mapping[str, int]) -> dict[str, Any]:
    container: dict[str, Any] = {
        "name": name,
        "image": image,
        "env": [{"name": "RAY_USAGE_STATS_ENABLED", "value": "0"}],
        "resources": resources,
    }
    if ports:
        container["ports"] = [{"name": each, "containerPort": port} for each, port in ports.items()]
    return {"spec": {"containers": [container]}}


def _resources(cpus: str, memory: str, gpus: int) -> dict[str, Any]:
    asked = {"cpu": cpus, "memory": memory} | ({"nvidia.com/gpu": str(gpus)} if gpus else {})
    return {"limits": asked, "requests": dict(asked)}


def _lines(value: Any, depth: int) -> list[str]:
    pad, lines = "  " * depth, []
    if isinstance(value, Mapping):
        for key, item in value.items():
            if isinstance(item, Mapping | list) and item:
                lines += [f"{pad}{key}:", *_lines(item, depth + 1)]
            else:
                lines.append(f"{pad}{key}: {_scalar(item)}")
        return lines
    for item in value:
        first, *rest = _lines(item, depth + 1) if isinstance(item, Mapping) else [f"{pad}  {_scalar(item)}"]
        lines += [f"{pad}- {first.strip()}", *rest]
    return lines


def _scalar(value: Any) -> str:
    if isinstance(value, Mapping | list):
        return "{}" if isinstance(value, Mapping) else "[]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    text = str(value)
    if _PLAIN.fullmatch(text) and text.lower() not in _NO_TEXT and not text.endswith(":"):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
