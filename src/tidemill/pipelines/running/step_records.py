"""What is recorded of a step in a run."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tidemill.core import iso
from tidemill.pipelines._repository import StepRun
from tidemill.pipelines.executors.port import Usage
from tidemill.pipelines.executors.usage import cost_of
from tidemill.pipelines.graph.nodes import Node
from tidemill.pipelines.plan import StepKey
from tidemill.pipelines.run_options import RUNNING
from tidemill.pipelines.running.scene import Scene


@dataclass(frozen=True)
class Story:
    """A node that began: when, by the store's clock and by one that counts seconds."""

    node: Node
    code_digest: str
    began: datetime
    clock: float


def tell(  # noqa: PLR0913 - what there is to say
    run: Scene,
    story: Story,
    key: StepKey,
    state: str,
    *,
    note: str = "",
    outputs: Sequence[dict[str, Any]] = (),
    usage: Usage | None = None,
    attempt: int = 1,
) -> StepRun:
    """Return the record of a step as it is now."""
    node = story.node
    return StepRun(
        run_id=run.run_id,
        position=node.position,
        step=node.step.name,
        state=state,
        code_digest=story.code_digest,
        cache_key=key.key,
        key_parts=key.parts,
        inputs=[each.to_json() for each in key.inputs],
        outputs=list(outputs),
        reused_from=None,
        note=run.redaction.text(note),
        started_at=iso(story.began),
        seconds=time.perf_counter() - story.clock,
        path="/".join(node.path),
        kind=node.kind,
        line=node.line,
        attempt=attempt,
        ended_at=None if state == RUNNING else iso(run.clock.now()),
        executor=run.executor.name if usage is not None or state == RUNNING else "",
        host=usage.host if usage is not None else "",
        cpu_seconds=usage.cpu_seconds if usage is not None else None,
        peak_memory_bytes=usage.peak_memory_bytes if usage is not None else None,
        cost=cost_of(usage, node.options.resources, run.prices) if usage is not None else None,
        environment=node.options.environment,
    )
