"""Questions that a run asks people, and their answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from tidemill.access import Role
from tidemill.core import UsageError, parse_duration
from tidemill.pipelines.errors import TraceError
from tidemill.pipelines.graph.nodes import APPROVAL, Trace
from tidemill.pipelines.graph.step import Step, current_trace

ASKED, APPROVED, REFUSED, EXPIRED = "asked", "approved", "refused", "expired"
_OTHERWISE = ("refuse", "approve", "fail")


@dataclass(frozen=True)
class RunApproval:
    """A question that a run asks, and its answer.

    state: ``asked``, ``approved``, ``refused``, or ``expired`` when nobody answered until `until`.
    role: who may answer: callers of this role or a higher one.
    """

    run_id: str
    position: int
    question: str
    role: str
    cache_key: str | None
    state: str
    asked_at: str
    until: str | None = None
    answered_at: str | None = None
    answered_by: str | None = None
    note: str = ""


@dataclass(frozen=True)
class Approval:
    """The answer to a question, as the steps of a run receive it; true when it is yes.

    by: who answered, None when the time ran out. at: when, ISO 8601 UTC.
    """

    approved: bool
    by: str | None = None
    at: str | None = None
    note: str = ""

    def __bool__(self) -> bool:
        """Tell whether the answer is yes."""
        return self.approved

    def summary(self) -> str:
        """Say it in words."""
        return f"{'approved' if self.approved else 'refused'} by {self.by or 'nobody: the time ran out'}"


def approval(
    question: Any,
    *,
    show: Any = None,
    role: str = "deployer",
    timeout: str | None = None,
    otherwise: str = "refuse",
) -> Approval:
    """Pause the run until somebody has answered, and give a handle of the `Approval`, as a condition for `tm.when`.

    show: results that the person should see before. role: who may answer, this role or a higher one.
    timeout: how long to wait, such as ``2d``; `otherwise`, ``refuse``, ``approve`` or ``fail``, is done then.

    Raises TraceError outside a pipeline's body and in a mapped one, and for a wrong role, time or word.
    """
    trace = current_trace.get()
    if not isinstance(trace, Trace) or trace.lifted:
        raise TraceError("tm.approval pauses a run: call it in a pipeline's body, and not in a mapped pipeline")
    if not isinstance(question, str) or not question.strip():
        raise TraceError(f"the question of tm.approval is {question!r}; give a text that a person can answer")
    if otherwise not in _OTHERWISE:
        raise TraceError(f"otherwise of tm.approval is {otherwise!r}; use one of {', '.join(_OTHERWISE)}")
    try:
        named = Role.parse(role).name.lower()
        seconds = None if timeout is None else parse_duration(timeout).total_seconds()
    except UsageError as error:
        raise TraceError(f"tm.approval: {error}") from error
    arguments = {"question": question, "show": show, "role": named, "timeout_s": seconds, "otherwise": otherwise}
    return cast(Approval, trace.note(_APPROVAL, arguments, APPROVAL))


def wait_of(arguments: dict[str, Any]) -> timedelta | None:
    """Return how long the question of a node may wait; None for ever."""
    seconds = arguments["timeout_s"]
    return None if seconds is None else timedelta(seconds=seconds)


def _approval(question: str, show: Any, role: str, timeout_s: float | None, otherwise: str) -> Approval:
    raise NotImplementedError  # people answer


_approval.__name__ = "approval"
_APPROVAL = Step(_approval)
