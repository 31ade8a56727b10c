"""The loop: it alone acts on what the other rooms have found, and retrains by itself.

trigger      `every`, `on_drift`, `on_drop`: what a project declares to ask for a retraining
schedule     due times at even distances of event time
window_fact  what a trigger reads of an evaluated window
policy       from triggers and facts to one retraining, or the reason why there is none; pure
turn         a retraining from what asked for it to what came of it; how far the loop has come
waiting      turns whose version waits for approval
jobs         the queue as people see it: listing, cancelling, retrying
service      a pass: catch up, evaluate, settle, decide, fire
reconciler   what is declared and recorded against what is in place
"""

from __future__ import annotations

from tidemill.loop.jobs import Jobs
from tidemill.loop.policy import Decision, Firing, Policy, Situation, decide
from tidemill.loop.reconciler import Reconciler
from tidemill.loop.service import Loop
from tidemill.loop.trigger import Every, OnDrift, OnDrop, every, on_drift, on_drop
from tidemill.loop.turn import Progress, Turn
from tidemill.loop.window_fact import Measured, WindowFact

__all__ = [
    "Decision",
    "Every",
    "Firing",
    "Jobs",
    "Loop",
    "Measured",
    "OnDrift",
    "OnDrop",
    "Policy",
    "Progress",
    "Reconciler",
    "Situation",
    "Turn",
    "WindowFact",
    "decide",
    "every",
    "on_drift",
    "on_drop",
]
