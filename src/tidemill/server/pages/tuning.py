"""Studies as the page of a run shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tidemill.pipelines import StepRun
from tidemill.server.pages.evidence import METRIC_NAMES
from tidemill.server.roles import Call
from tidemill.tuning import Study, Trial, studies_of
from tidemill.ui import views


def studies(call: Call, steps: Sequence[StepRun]) -> tuple[views.Study, ...]:
    """Return the studies that a run's steps have made, or reused."""
    return tuple(_study(study) for study in studies_of(steps, call.rooms.blobs))


def _study(study: Study) -> views.Study:
    names = tuple(dict.fromkeys([*study.space, *(name for trial in study.trials for name in trial.params)]))
    return views.Study(
        step=study.step,
        metric=METRIC_NAMES.get(study.metric, study.metric),
        names=names,
        searched=tuple(f"{name} {dimension.describe()}" for name, dimension in study.dimensions().items()),
        trials=tuple(_trial(trial, names, chosen=trial.number == study.best) for trial in study.trials),
        n_fit=study.n_fit,
        n_judged=study.n_judged,
        holdout=study.holdout,
    )


def _trial(trial: Trial, names: Sequence[str], *, chosen: bool) -> views.TrialRow:
    value = trial.value
    estimate = views.Estimate(value=value.value, low=value.low, high=value.high, n=value.n) if value else None
    return views.TrialRow(
        number=trial.number,
        settings=tuple(setting_text(trial.params.get(name)) for name in names),
        state=trial.state,
        estimate=estimate,
        seconds=trial.seconds,
        chosen=chosen,
        words=trial.note,
    )


def setting_text(value: Any) -> str:
    """Return a setting with four digits.

    >>> setting_text(0.0423871), setting_text(15), setting_text("gbdt"), setting_text(None)
    ('0.04239', '15', 'gbdt', 'None')
    """
    return f"{value:.4g}" if isinstance(value, float) else str(value)
