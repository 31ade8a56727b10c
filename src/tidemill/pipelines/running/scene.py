"""What a run takes place in."""

from __future__ import annotations

from dataclasses import dataclass, field

from tidemill.access import Caller
from tidemill.core import Clock, Prices
from tidemill.pipelines.codecs.codec import Codecs
from tidemill.pipelines.executors.port import Executor
from tidemill.pipelines.plan import Plan
from tidemill.pipelines.run_options import RunOptions
from tidemill.provenance import Redaction


@dataclass(frozen=True)
class Scene:
    """A run, its plan, and where and for whom it is executed. redaction: takes secrets out of what errors say."""

    caller: Caller
    run_id: str
    plan: Plan
    options: RunOptions
    executor: Executor
    codecs: Codecs
    clock: Clock
    prices: Prices
    redaction: Redaction = field(default_factory=Redaction)
