"""Which settings to try next: the one file that knows Optuna.

Source: J. Bergstra, R. Bardenet, Y. Bengio, B. Kegl, "Algorithms for hyper-parameter optimization", 2011 (TPE);
T. Akiba and others, "Optuna: a next-generation hyperparameter optimization framework", 2019.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from tidemill.core import UnavailableError
from tidemill.tuning.space import Choice, Real, Space

LEAST_RANDOM, MOST_RANDOM = 3, 10  # trials before the first that learns from those before it


class Search:
    """A seeded search by tree-structured Parzen estimators; the same seed and values give the same trials.

    One thread: `ask` as often as is tried at once, then `tell` or `fail` of each, in that order. Raises
    UnavailableError without Optuna.
    """

    def __init__(self, space: Space, *, maximize: bool, seed: int, n_trials: int) -> None:
        optuna = _optuna()
        n_random = max(LEAST_RANDOM, min(MOST_RANDOM, n_trials // 3))
        sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=n_random)
        direction = "maximize" if maximize else "minimize"
        self._failed = optuna.trial.TrialState.FAIL
        self._pruned: type[Exception] = optuna.TrialPruned
        self._distributions = {name: _distribution(optuna, dimension) for name, dimension in space.items()}
        self._study = optuna.create_study(sampler=sampler, direction=direction)
        self._asked: list[Any] = []

    def start_with(self, settings: Mapping[str, Any]) -> None:
        """Have the next trial be these settings."""
        self._study.enqueue_trial(dict(settings))

    def ask(self) -> dict[str, Any]:
        """Return settings to try."""
        self._asked.append(self._study.ask(self._distributions))
        return dict(self._asked[-1].params)

    def tell(self, value: float) -> None:
        """Say how the settings did that were asked for first, of those nothing was said of."""
        self._study.tell(self._asked.pop(0), value)

    def fail(self) -> None:
        """Say that those settings gave nothing to judge."""
        self._study.tell(self._asked.pop(0), state=self._failed)

    def is_pruned(self, error: BaseException | None) -> bool:
        """Tell whether the training stopped itself by Optuna's own word for it."""
        return isinstance(error, self._pruned)


def _distribution(optuna: Any, dimension: object) -> Any:
    if isinstance(dimension, Choice):
        return optuna.distributions.CategoricalDistribution(dimension.options)
    kind = "FloatDistribution" if isinstance(dimension, Real) else "IntDistribution"
    return getattr(optuna.distributions, kind)(dimension.low, dimension.high, log=dimension.log)  # type: ignore[attr-defined]


def warm_up() -> None:
    """Import Optuna when it is installed: for a process that has nothing else to do yet."""
    with suppress(UnavailableError):
        _optuna()


def _optuna() -> Any:
    try:
        import optuna
    except ModuleNotFoundError as error:
        raise UnavailableError("tuning needs the package optuna: pip install 'tidemill[tuning]'") from error
    # What Optuna tells of each trial is in the study that a run keeps.
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna
