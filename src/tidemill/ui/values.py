"""Small values that several pages share: a tone, a station, an estimate, a link, a step of a chain."""

from __future__ import annotations

from datetime import datetime
from enum import Enum, StrEnum

from tidemill.ui.context import context, told


class Tone(StrEnum):
    """What a colour means. A word always stands beside it."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    TIDE = "tide"
    QUIET = "quiet"


class Station(Enum):
    """The eight stations of the loop, in the order of the menu, the docs and the code."""

    DATA = "Data"
    FEATURES = "Features"
    TRAIN = "Train"
    EVALUATE = "Evaluate"
    REGISTER = "Register"
    ROLL_OUT = "Roll out"
    SERVE = "Serve"
    WATCH = "Watch"

    @property
    def position(self) -> int:
        """Place on the ring, 0 for Data to 7 for Watch.

        Examples:
            >>> Station.SERVE.position
            6
        """
        return list(Station).index(self)


@context
class Estimate:
    """A measured number with its 95 % interval."""

    value: float = told("the number itself")
    low: float | None = told("lower end of the 95 % interval; None when none was computed", default=None)
    high: float | None = told("upper end of the 95 % interval; None when none was computed", default=None)
    n: int | None = told("how many rows it was measured on", default=None)


@context
class Metric:
    """A named estimate."""

    name: str = told("name as people say it: AUC, log loss, MAE")
    estimate: Estimate = told("value and interval")
    unit: str = told("unit after the number: min, %; empty for a plain ratio", default="")


@context
class Link:
    """Words that may lead somewhere."""

    text: str = told("the words shown")
    url: str = told("where they lead, a path of this site; empty for plain words", default="")

    @property
    def leads(self) -> bool:
        """Whether it is shown as a link: only a path of this site is.

        Examples:
            >>> Link(text="delay", url="/models/delay").leads, Link(text="x", url="javascript:alert(1)").leads
            (True, False)
        """
        return self.url.startswith("/") and not self.url.startswith("//")


@context
class Fact:
    """One line of a short list of facts: a label and what holds."""

    label: str = told("what the fact is about, in a word or two")
    link: Link = told("the fact, with a link when there is more to see")
    at: datetime | None = told("an instant shown after the fact, aware UTC", default=None)


@context
class Command:
    """Something to type, and what it does."""

    text: str = told("the command, as it can be pasted")
    words: str = told("what it does, in one clause")


@context
class Action:
    """A button that changes something: a form that is posted."""

    label: str = told("verb and object: Promote delay/2 to champion")
    url: str = told("path that the form is posted to")
    words: str = told("what will happen, and how it is undone")
    fields: tuple[tuple[str, str], ...] = told("hidden fields of the form, name and value", default=())
    danger: bool = told("whether it takes something away from users", default=False)


@context
class ChainLink:
    """One step of a chain of evidence: a prediction, a model version, a run, a dataset version."""

    kind: str = told("what stands here, in the field's words: model version, run, dataset version")
    link: Link = told("its name, leading to its page when it has one")
    words: str = told("what matters about it, in one clause", default="")
    at: datetime | None = told("when it came to be, aware UTC", default=None)
    by: str = told("who made it; empty when nobody in particular", default="")
    digest: str = told("full digest of its content or code; shown short, copied whole", default="")
    tone: Tone = told("tone of its mark: good for a passed gate, bad for a failed one", default=Tone.TIDE)


@context
class GateCheck:
    """One rule of a gate and how it was judged."""

    rule: str = told("the rule as declared: auc at least 0.70")
    sentence: str = told("the verdict in words with the two numbers that decide")
    passed: bool = told("whether the rule held")
    value: Estimate | None = told("the measured value with its interval", default=None)
    limit: float | None = told("the limit it was held against", default=None)


@context
class Gate:
    """A gate's verdict on one model version."""

    passed: bool = told("whether every check held")
    checks: tuple[GateCheck, ...] = told("the checks in the order of the declaration")
    judged_at: datetime | None = told("when it was judged, aware UTC", default=None)
    rows: str = told("the rows it was judged on, in words: 7,512 held-out rows of 15 to 28 February", default="")

    @property
    def n_passed(self) -> int:
        """How many checks held."""
        return sum(check.passed for check in self.checks)


@context
class CalibrationBin:
    """Rows with alike predictions: what was said and what came."""

    predicted: float = told("mean predicted probability of the bin, 0 to 1")
    observed: float = told("share of positives among the bin's rows, 0 to 1")
    n: int = told("rows in the bin")
    low: float | None = told("lower end of the 95 % interval of the share", default=None)
    high: float | None = told("upper end of the 95 % interval of the share", default=None)
