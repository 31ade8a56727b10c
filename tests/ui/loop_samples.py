"""Sample contexts of the loop: a year of an endpoint with its windows and turns, one turn, one window."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from math import sin

from tidemill.ui import urls, views

WEEK = timedelta(days=7)
START = datetime(2013, 3, 4, tzinfo=UTC)
N_WINDOWS = 43
TURNS: tuple[tuple[int, str, views.Outcome], ...] = (
    (4, "drift", views.Outcome.PROMOTED),
    (8, "drop", views.Outcome.PROMOTED),
    (9, "drift", views.Outcome.REFUSED),
    (13, "schedule", views.Outcome.PROMOTED),
    (19, "drift", views.Outcome.REFUSED),
    (21, "hand", views.Outcome.UNCHANGED),
    (24, "schedule", views.Outcome.FAILED),
    (26, "drop", views.Outcome.PROMOTED),
    (33, "drift", views.Outcome.REFUSED),
    (42, "schedule", views.Outcome.RUNNING),
)
_NEVER = (
    0.71,
    0.706,
    0.69,
    0.65,
    0.64,
    0.67,
    0.70,
    0.71,
    0.712,
    0.70,
    0.69,
    0.68,
    0.672,
    0.665,
    0.66,
    0.655,
    0.65,
    0.66,
)


def turn_id(place: int) -> str:
    """The id of a sample turn."""
    return f"0199a1b2c3d47e8f90a1b2c3d4e5{place:04x}"


def version_link(version: int) -> views.Link:
    """A model version."""
    return views.Link(text=f"delay/{version}", url=urls.model_version_url("delay", version))


def served_in(window: int) -> int:
    """The version that answers in a window."""
    return 1 + sum(outcome is views.Outcome.PROMOTED and place <= window for place, _, outcome in TURNS)


def windows() -> tuple[views.WindowRow, ...]:
    """The windows of a year: one without rows, one without labels, the last still waits for labels."""
    return tuple(_window(number) for number in range(N_WINDOWS))


def _window(number: int) -> views.WindowRow:
    starts_at = START + number * WEEK
    never = _NEVER[number * len(_NEVER) // N_WINDOWS] + 0.012 * sin(number * 2.1)
    version = served_in(number)
    gain = 0.0 if version == 1 else 0.012 + 0.03 * abs(sin(number / 5))
    drifted = number % 5 == 2
    row = views.WindowRow(
        starts_at=starts_at,
        ends_at=starts_at + WEEK,
        url=urls.window_url("delay", starts_at),
        n_rows=6200 + (number * 137) % 900,
        n_labelled=int((6200 + (number * 137) % 900) * 0.973),
        versions=(version_link(version),) if number != 13 else (version_link(version), version_link(version - 1)),
        value=views.Estimate(value=never + gain, low=never + gain - 0.014, high=never + gain + 0.014, n=6100),
        never_retrained=views.Estimate(value=never, low=never - 0.014, high=never + 0.014, n=6100),
        reference=0.712,
        verdict="measured",
        drift="drifted" if drifted else "steady",
        drift_words="temp 0.41, dewp 0.38" if drifted else "",
        drifted=drifted,
    )
    if number == 16:
        return dataclasses.replace(
            row, n_rows=0, n_labelled=0, value=None, never_retrained=None, verdict="no rows", tone=views.Tone.WARN,
            versions=(), drift="no rows", drift_words="", drifted=False,
        )  # fmt: skip
    if number == 29:
        words = {"verdict": "too few labels", "tone": views.Tone.WARN}
        return dataclasses.replace(row, n_labelled=120, value=None, never_retrained=None, **words)  # type: ignore[arg-type]
    if number == N_WINDOWS - 1:
        return dataclasses.replace(
            row, n_labelled=3410, mature=False, verdict="waits for labels", tone=views.Tone.QUIET
        )
    return row


def turns() -> tuple[views.TurnRow, ...]:
    """The turns, newest first."""
    return tuple(_turn(i) for i in reversed(range(len(TURNS))))


def _turn(i: int) -> views.TurnRow:
    place, trigger, outcome = TURNS[i]
    before = served_in(place - 1)
    promoted = outcome is views.Outcome.PROMOTED
    judged = outcome in {views.Outcome.PROMOTED, views.Outcome.REFUSED}
    decided = views.Metric(name="AUC", estimate=views.Estimate(value=0.7231 if promoted else 0.6881))
    reasons = {
        "drift": "temp and 1 more drifted (psi 0.41) in 2013-04-15 to 2013-04-21",
        "drop": "auc 0.648 (0.634 to 0.662) on 6,021 labelled rows of 2013-04-22 to 2013-04-28 is 0.064 worse than "
        "the 0.712 of delay/2 on its holdout",
        "schedule": "every 28d, due 2013-06-03",
        "hand": "asked for by ana",
    }
    words = {
        views.Outcome.PROMOTED: f"delay/{before + 1} serves",
        views.Outcome.REFUSED: "auc minus that of the champion on 12,345 labelled rows of 2013-06-03 to 2013-06-16 is "
        "-0.014 (95 % -0.022 to -0.006): that is a loss of more than 0.005",
        views.Outcome.FAILED: "train: column 'temp' has no value in 41 of 41 rows; check the source.",
        views.Outcome.RUNNING: "",
        views.Outcome.UNCHANGED: "what there is to learn from gave delay/4 again",
    }
    return views.TurnRow(
        turn_id=turn_id(place),
        url=urls.turn_url("delay", turn_id(place)),
        due_at=START + place * WEEK,
        trigger=trigger,
        reason=reasons[trigger],
        outcome=outcome,
        before=version_link(before),
        after=version_link(before + promoted),
        decided=decided if judged else None,
        against=0.7022 if judged else None,
        against_what="champion",
        words=words[outcome],
        seconds=None if outcome is views.Outcome.RUNNING else 1.2 + 0.3 * i,
    )


def loop() -> views.Loop:
    """A year of an endpoint."""
    outcomes = [outcome for _, _, outcome in TURNS]
    return views.Loop(
        metric_name="AUC",
        windows=windows(),
        turns=turns(),
        n_turns=len(TURNS),
        n_promoted=outcomes.count(views.Outcome.PROMOTED),
        n_refused=outcomes.count(views.Outcome.REFUSED),
        n_failed=outcomes.count(views.Outcome.FAILED),
        n_unchanged=outcomes.count(views.Outcome.UNCHANGED),
        since=START + 26 * WEEK,
        watermark=START + N_WINDOWS * WEEK,
        next_due_at=START + (N_WINDOWS + 1) * WEEK,
        said="held back, cooling down until 2013-12-30: temp drifted (psi 0.31) in 2013-12-16 to 2013-12-22",
        declared=("every 28d", "on drift", "on a drop of 0.03"),
    )


def quarantine() -> views.Quarantine:
    """Labels that cannot be right."""
    reasons = (("unknown prediction", 12), ("contradicts the label given before", 3), ("in the future", 1))
    labels = tuple(
        views.QuarantinedLabel(
            prediction_id=turn_id(900 + i),
            label=float(i % 2),
            reason=reason,
            recorded_at=START + 40 * WEEK,
            given_by="ana",
        )
        for i, (reason, _) in enumerate(reasons)
    )
    see = views.Command(text="tidemill labels delay", words="Counts its labels and lists those in quarantine.")
    return views.Quarantine(n=16, reasons=reasons, labels=labels, see=see)


def drift_columns() -> tuple[views.DriftColumn, ...]:
    """Columns of every kind: drifted, steady, far beyond, not logged, the answers."""
    rows = (
        ("temp", "input", 1.841, 0.25, 0.192, 0.412, 0.0, 0.0, True),
        ("dewp", "input", 0.38, 0.31, 0.31, 0.214, 0.002, 0.001, True),
        ("late", "answer", 0.211, 0.25, 0.102, 0.131, 0.0, 0.0, False),
        ("carrier", "input", 0.041, 0.25, 0.02, None, 0.0, 0.0, False),
        ("wind_speed", "input", 0.022, 0.25, 0.211, 0.044, 0.41, 0.003, False),
        ("visib", "input", None, 0.25, None, None, 0.0, 0.0, False),
    )
    return tuple(
        views.DriftColumn(
            name=name,
            role=role,
            psi=psi,
            limit=limit,
            usual=usual,
            ks=ks,
            null_share=now,
            null_share_then=then,
            drifted=drifted,
        )
        for name, role, psi, limit, usual, ks, now, then, drifted in rows
    )
