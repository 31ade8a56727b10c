"""From what the rooms have recorded of an endpoint's windows and turns to the weeks of the demo's timeline."""

from __future__ import annotations

from tidemill.access import Caller
from tidemill.cli.timeline import Week
from tidemill.evaluation import GateVerdict
from tidemill.loop import Turn
from tidemill.monitoring import DriftResult, PerformanceResult, WindowRecord
from tidemill.workspace import Workspace

_MOST = 1000


class Weeks:
    """Reads the weeks of an endpoint as they are measured; `shown` holds those that were read so far."""

    def __init__(self, workspace: Workspace, caller: Caller, endpoint: str) -> None:
        self._workspace = workspace
        self._caller = caller
        self._endpoint = endpoint
        self._turns_told: set[str] = set()
        self.shown: list[Week] = []

    def measured_since(self) -> list[Week]:
        """Return the weeks whose labels have come since it was asked last, each with the turns that ended since."""
        windows = self._workspace.monitoring.windows(self._caller, self._endpoint, None, _MOST)
        known = {week.starts_at for week in self.shown}
        drifts = {window.starts_at: window for window in windows if window.monitor == "drift"}
        measured = [each for each in windows if each.monitor == "performance" and each.starts_at not in known]
        if not measured:
            return []
        turns = [turn for turn in self._ended_turns() if turn.id not in self._turns_told]
        weeks = [
            self._week(window, drifts.get(window.starts_at), turns if window is measured[0] else [])
            for window in sorted(measured, key=lambda each: each.starts_at)
        ]
        self._turns_told.update(turn.id for turn in turns)
        self.shown += weeks
        return weeks

    def gain(self) -> dict[str, float | int]:
        """Return the mean AUC over the measured weeks by their rows, as served and had the first version stayed."""
        both = [(week.n_rows, week.auc, week.never) for week in self.shown if week.auc and week.never]
        n_rows = sum(n for n, _, _ in both) or 1
        served = sum(n * auc for n, auc, _ in both) / n_rows
        never = sum(n * value for n, _, value in both) / n_rows
        return {
            "auc": served,
            "auc_never": never,
            "gain": served - never,
            "n_better": sum(auc > value for _, auc, value in both),
            "n_worse": sum(auc < value for _, auc, value in both),
        }

    def _ended_turns(self) -> list[Turn]:
        return [turn for turn in self._workspace.loop.turns(self._caller, self._endpoint, _MOST) if turn.ended_at]

    def _week(self, window: WindowRecord, drift: WindowRecord | None, turns: list[Turn]) -> Week:
        found = window.result
        served = found.served if isinstance(found, PerformanceResult) else None
        never = found.never_retrained if isinstance(found, PerformanceResult) else None
        return Week(
            starts_at=window.starts_at,
            n_rows=window.n_rows,
            auc=served.value if served else None,
            low=served.low if served else None,
            high=served.high if served else None,
            never=never.value if never else None,
            coverage=window.coverage or 0.0,
            drift=_drift_words(drift),
            serving=window.version,
            fired="; ".join(self._turn_words(turn) for turn in reversed(turns)),
            outcome=turns[0].state if turns else "",
        )

    def _turn_words(self, turn: Turn) -> str:
        """Say what fired, what came of it, and the two numbers that decided."""
        if turn.verdict_id is None:
            return f"{turn.trigger}: {turn.state}, {turn.outcome}"
        verdict = self._workspace.registry.get_verdict(self._caller, turn.verdict_id)
        came_to = f"{turn.after} promoted" if turn.state == "promoted" else turn.state
        return f"{turn.trigger}: {came_to}{_deciding(GateVerdict.from_json(verdict.verdict))}"


def _deciding(verdict: GateVerdict) -> str:
    """Return the comparison that refused a candidate, else the first that it passed, else what else refused it."""
    failed = [check for check in verdict.checks if not check.passed]
    for check in [*failed, *verdict.checks]:
        if check.judged_on is not None and check.candidate is not None and check.champion is not None:
            rows = f"on {check.judged_on.n:,} rows"
            return f", {check.metric} {check.candidate:.3f} against {check.champion:.3f} {rows}"
    return f", {failed[0].sentence}" if failed else ""


def _drift_words(window: WindowRecord | None) -> str:
    if window is None or window.verdict != "drifted" or not isinstance(window.result, DriftResult):
        return ""
    worst, more = window.result.worst, window.result.n_drifted - 1
    if worst is None or worst.psi is None:
        return ""
    return f"{worst.column} {worst.psi:.1f}" + (f" and {more} more" if more else "")
