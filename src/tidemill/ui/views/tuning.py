"""Studies: the trials of a tuning, and which was chosen."""

from __future__ import annotations

from tidemill.ui.context import context, told
from tidemill.ui.formats import count, plural
from tidemill.ui.values import Estimate, Tone


@context
class TrialRow:
    """One trial of a study."""

    number: int = told("its number, from 1")
    settings: tuple[str, ...] = told("what was tried, in the order of the study's names")
    state: str = told("complete, failed or pruned")
    estimate: Estimate | None = told("how it did, with its interval; None unless complete", default=None)
    seconds: float = told("how long training and judging took")
    chosen: bool = told("whether its settings were taken", default=False)
    words: str = told("why it failed or was not run to its end, in one line", default="")

    @property
    def tone(self) -> Tone:
        """Tone of the state."""
        if self.state == "failed":
            return Tone.BAD
        return Tone.GOOD if self.chosen else Tone.QUIET


@context
class Study:
    """A tuning: what was tried and how it did."""

    step: str = told("the training step that was tuned")
    metric: str = told("the metric by which trials were judged, as people say it")
    names: tuple[str, ...] = told("the settings that a trial was given, searched ones first")
    searched: tuple[str, ...] = told("what was searched, a clause for each: num_leaves whole, 7 to 31")
    trials: tuple[TrialRow, ...] = told("the trials in order; the first is what one had anyway")
    n_fit: int = told("rows that each trial learnt from")
    n_judged: int = told("later rows with a label on which each was judged")
    holdout: str = told("the stretch of time that those later rows are: 14d")

    @property
    def first(self) -> float | None:
        """What the first trial reached, to hold the others against."""
        return self.trials[0].estimate.value if self.trials and self.trials[0].estimate else None

    @property
    def note(self) -> str:
        """How the trials were judged, in a line.

        Examples:
            >>> Study(step="train", metric="AUC", names=(), searched=(), trials=(), n_fit=1200, n_judged=300,
            ...       holdout="7d").note
            'no trials, trained on 1,200 rows, judged by AUC on the 300 of the last 7d'
        """
        tried = plural(len(self.trials), "trial")
        return (
            f"{tried}, trained on {count(self.n_fit)} rows, judged by {self.metric} on the {count(self.n_judged)} "
            f"of the last {self.holdout}"
        )
