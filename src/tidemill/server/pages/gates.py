"""The gate report of a model version, and asking for its promotion."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from fastapi.responses import RedirectResponse

from tidemill.access import Role
from tidemill.core import from_iso
from tidemill.deployment import Wish
from tidemill.evaluation import Collected, Document, Latency
from tidemill.registry import CHAMPION, ModelVersion, PolicyInForce, find_report
from tidemill.server.answers import form_body
from tidemill.server.pages.approvals import ended_row
from tidemill.server.pages.evidence import gate_view, gate_words, reference_link, rule_text
from tidemill.server.pages.frame import frame_of, python_of
from tidemill.server.pages.page import Pages
from tidemill.server.roles import Call, Editor, Viewer
from tidemill.server.routes.route import Route
from tidemill.ui import urls, views
from tidemill.ui.formats import number

Number = Annotated[int, Path(ge=1, le=10**9)]
_VERDICTS = 200
#: Of a version that a person has registered, or an MLflow client.
UNJUDGED = (
    "It came without an evaluation report, so no gate can judge it. Its endpoint's pipeline makes versions that can be "
    "judged; else it comes in by breaking the glass only, with a reason."
)
_KINDS = {"latency": "latency", "model_test": "test of the model", "document": "document"}


def gate(call: Viewer, name: str, version: Number) -> views.GatePage:
    """Return the gate report of a version."""
    found = call.rooms.registry.get(call.caller, f"{name}/{version}")
    verdicts = [
        each
        for each in call.rooms.registry.list_verdicts(call.caller, name, _VERDICTS)
        if (each.package_digest, each.report_digest) == (found.package_digest, found.report_digest)
    ]
    asked = call.rooms.promotions.requests.list_requests(call.caller, None, name, _VERDICTS)
    return views.GatePage(
        frame=frame_of(call),
        name=name,
        version=version,
        gate=gate_view(verdicts[0], find_report(call.rooms.registry, found)) if verdicts else None,
        verdicts=tuple(
            views.VerdictRow(at=from_iso(each.judged_at), by=each.judged_by, passed=each.passed, words=gate_words(each))
            for each in verdicts
        ),
        evidence=tuple(
            views.EvidenceRow(
                kind=_KINDS.get(each.kind, each.kind),
                name=each.name,
                words=_words(each.evidence),
                at=from_iso(each.collected_at),
                by=each.collected_by,
            )
            for each in call.rooms.promotions.evidence(call.caller, found.reference)
        ),
        environments=tuple(
            _environment(call, found, each) for each in call.rooms.promotions.policies(call.caller, name)
        ),
        promotions=tuple(ended_row(each) for each in asked if each.version == version),
        promote_url=urls.promote_url(name, version),
        python=python_of(call, f"/api/models/{name}/{version}/evidence"),
        cli=f"tidemill evidence {name}/{version}",
    )


def promote(call: Editor, name: str, version: Number, form: Annotated[dict[str, str], form_body()]) -> RedirectResponse:
    """Ask for a version to come into an environment; show the question, or the version once it is in."""
    wish = Wish(note=form.get("note", ""), break_glass=form.get("break_glass", "").strip())
    done = call.rooms.promotions.promote(call.caller, f"{name}/{version}", form.get("alias", "") or CHAMPION, wish)
    took_place = done.promotion is not None and not wish.break_glass
    shown = urls.model_version_url(name, version)
    if done.request is not None and not took_place:
        shown = urls.promotion_url(done.request.id)
    return RedirectResponse(shown, status_code=303)


def _environment(call: Call, version: ModelVersion, policy: PolicyInForce) -> views.EnvironmentPolicy:
    stands = call.rooms.registry.get_promotion(call.caller, version.model, policy.aliases[0])
    there = stands is not None and stands.version == version.version
    least = Role.EDITOR if policy.n_approvals else Role.DEPLOYER
    ask = views.Action(
        label=f"Ask for {policy.environment}" if policy.n_approvals else f"Promote to {policy.environment}",
        url=urls.promote_url(version.model, version.version),
        words="Its gate judges it anew"
        + (", then who must approve is asked." if policy.n_approvals else "; when it passes, it is in at once."),
        fields=(("alias", policy.environment),),
    )
    return views.EnvironmentPolicy(
        name=policy.environment,
        serves=policy.serves,
        words=policy.words()[0].upper() + policy.words()[1:] + ".",
        rules=tuple(rule_text(rule) for rule in policy.rules),
        stands=reference_link(f"{stands.model}/{stands.version}") if stands else views.Link(text=""),
        ask=ask if version.report_digest and not there and call.caller.role >= least else None,
        why_not="" if version.report_digest or there else UNJUDGED,
        may_break=not there and call.caller.role >= Role.DEPLOYER,
    )


def _words(evidence: Collected) -> str:
    if isinstance(evidence, Latency):
        shown = ", ".join(f"{name} {number(each.value)} ms" for name, each in evidence.quantiles.items())
        return f"{shown} of {evidence.n:,} answers ({evidence.runtime}), on {evidence.rows}, {evidence.machine}"
    if isinstance(evidence, Document):
        return f"{evidence.n_bytes:,} bytes, {evidence.digest[:12]}"
    return evidence.sentence


PAGES = Pages(
    contexts=((f"{urls.MODELS}/{{name}}/{{version}}/gate", gate),),
    routes=(Route("POST", f"{urls.MODELS}/{{name}}/{{version}}/promote", promote),),
)
