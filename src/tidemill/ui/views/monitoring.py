"""What is watched: an endpoint's windows, and one window with what each monitor found in it."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from tidemill.ui import loop_sentences, urls
from tidemill.ui.context import context, told
from tidemill.ui.formats import period
from tidemill.ui.values import Command, Estimate, Link, Tone
from tidemill.ui.views.page import Page


@context
class WindowRow:
    """One window of event time and what was found in it."""

    starts_at: datetime = told("first instant of the window, aware UTC")
    ends_at: datetime = told("first instant after the window, aware UTC")
    url: str = told("page of the window")
    n_rows: int = told("predictions whose event fell into the window")
    n_labelled: int = told("those of them whose label has come")
    versions: tuple[Link, ...] = told("model versions that answered, the busiest first", default=())
    value: Estimate | None = told("the metric of what was served; None when it was not measured", default=None)
    never_retrained: Estimate | None = told("the metric of the first version on the same rows", default=None)
    reference: float | None = told("the metric of the served version on its own held-out rows", default=None)
    mature: bool = told("whether the label delay has passed, so that labels are not waited for", default=True)
    verdict: str = told("the verdict on the metric in a word: measured, too few labels, no rows", default="")
    tone: Tone = told("tone of the verdict", default=Tone.QUIET)
    drift: str = told("the verdict on drift in a word: steady, drifted; empty when it is not watched", default="")
    drift_words: str = told("the columns that drifted and how far: temp 0.41, dewp 0.38", default="")
    drifted: bool = told("whether inputs or answers drifted", default=False)

    @property
    def coverage(self) -> float | None:
        """Share of the rows that have a label, 0 to 1; None without rows."""
        return self.n_labelled / self.n_rows if self.n_rows else None

    @property
    def gain(self) -> float | None:
        """How much the metric of what was served is above never retrained; None when either is unknown."""
        if self.value is None or self.never_retrained is None:
            return None
        return self.value.value - self.never_retrained.value

    @property
    def period(self) -> str:
        """The window's days in words."""
        return period(self.starts_at, self.ends_at)


@context
class DriftColumn:
    """One column of a window against the rows the model learnt from."""

    name: str = told("name of the column")
    role: str = told("input of the model, or its answer")
    psi: float | None = told("population stability index against the reference; None when it was not logged")
    limit: float = told("index from which the column counts as drifted")
    usual: float | None = told("largest index among the training rows' own weeks; None when unknown", default=None)
    ks: float | None = told("Kolmogorov-Smirnov distance, 0 to 1; None for a category", default=None)
    null_share: float = told("share of missing values in the window, 0 to 1", default=0.0)
    null_share_then: float = told("share of missing values in the training rows, 0 to 1", default=0.0)
    drifted: bool = told("whether the index is beyond the limit", default=False)


@context
class VersionShare:
    """How much of a window one model version answered."""

    model: Link = told("the model version")
    n_rows: int = told("rows it answered")
    share: float = told("share of the window's rows, 0 to 1")


@context
class WindowPage(Page):
    """One window of an endpoint: is it all right?"""

    template: ClassVar[str] = "window.html"
    section: ClassVar[str] = "Endpoints"

    endpoint: str = told("name of the endpoint")
    metric_name: str = told("the metric that is watched, as people say it; empty when none is", default="")
    window: WindowRow = told("the window and its numbers")
    columns: tuple[DriftColumn, ...] = told("inputs and answers, the farthest drifted first", default=())
    n_columns_to_drift: int = told("how many columns beyond their limit make a drift", default=1)
    drift_sentence: str = told("the verdict on drift in words; empty when it is not watched", default="")
    performance_sentence: str = told("the verdict on the metric in words; empty when it is not watched", default="")
    performance_words: str = told("why there is no number, or what is wanting; empty otherwise", default="")
    served: tuple[VersionShare, ...] = told("the versions that answered, the busiest first", default=())
    labels_by: datetime | None = told("until when labels are waited for; None when not watched", default=None)
    evaluated_at: datetime | None = told("when it was evaluated last, aware UTC", default=None)
    n_revised: int = told("how often it was evaluated again since rows or labels came late", default=0)
    turn: Link | None = told("the turn of the loop that it fired; None when it fired none", default=None)
    turn_words: str = told("how that turn ended, in a clause", default="")
    before: Link | None = told("the window before", default=None)
    after: Link | None = told("the window after", default=None)
    label: Command = told("command that brings labels")

    @property
    def title(self) -> str:
        """Heading of the page."""
        return self.window.period

    @property
    def sentence(self) -> str:
        """What was measured, and whether inputs drifted."""
        return loop_sentences.window(self.performance_sentence, self.drift_sentence, self.window.n_rows)

    @property
    def chips(self) -> tuple[tuple[str, Tone], ...]:
        """The verdicts."""
        chips = [(self.window.verdict, self.window.tone)] if self.window.verdict else []
        if self.window.drift:
            chips.append((self.window.drift, Tone.WARN if self.window.drifted else Tone.QUIET))
        return tuple(dict.fromkeys(chips))

    @property
    def crumbs(self) -> tuple[Link, ...]:
        """Endpoints, then the endpoint."""
        return (
            Link(text="Endpoints", url=urls.ENDPOINTS),
            Link(text=self.endpoint, url=urls.endpoint_url(self.endpoint)),
        )
