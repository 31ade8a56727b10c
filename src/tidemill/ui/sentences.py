"""The one sentence that opens each page and answers "is it all right?". Pure words from facts."""

from __future__ import annotations

from collections.abc import Sequence

from tidemill.ui.formats import count, duration, interval, number, plural, size
from tidemill.ui.values import Gate, Metric, Tone


def home(tones: Sequence[Tone], n_waiting: int | None) -> str:
    """Over all endpoints; ``n_waiting`` None leaves out what waits.

    Examples:
        >>> home([Tone.GOOD], 0)
        '1 endpoint serves, nothing waits for you.'
        >>> home([Tone.GOOD, Tone.BAD], 2)
        '1 of 2 endpoints needs attention, 2 things wait for you.'
        >>> home([], 0)
        'Nothing serves yet, nothing waits for you.'
    """
    troubled = sum(tone is Tone.BAD for tone in tones)
    serving = sum(tone in (Tone.GOOD, Tone.TIDE) for tone in tones)
    if troubled:
        first = f"{troubled} of {plural(len(tones), 'endpoint')} {_verb(troubled, 'need')} attention"
    elif serving == len(tones) and tones:
        first = f"{plural(serving, 'endpoint')} {_verb(serving, 'serve')}"
    elif serving:
        first = f"{serving} of {plural(len(tones), 'endpoint')} {_verb(serving, 'serve')}"
    else:
        first = "Nothing serves yet"
    if n_waiting is None:
        return first + "."
    if n_waiting == 0:
        return f"{first}, nothing waits for you."
    return f"{first}, {plural(n_waiting, 'thing')} {_verb(n_waiting, 'wait')} for you."


def heading(tones: Sequence[Tone]) -> str:
    """Home's heading: the state of all endpoints in two words.

    Examples:
        >>> heading([Tone.GOOD]), heading([Tone.GOOD, Tone.BAD]), heading([])
        ('Good tide', 'Rough water', 'Slack water')
    """
    if Tone.BAD in tones:
        return "Rough water"
    return "Good tide" if any(tone in (Tone.GOOD, Tone.TIDE) for tone in tones) else "Slack water"


def models(n_models: int, n_champions: int) -> str:
    """Over all models.

    Examples:
        >>> models(2, 1)
        '2 models, 1 with a champion.'
        >>> models(0, 0)
        'No model is registered yet.'
    """
    if not n_models:
        return "No model is registered yet."
    return f"{plural(n_models, 'model')}, {count(n_champions) if n_champions else 'none'} with a champion."


def model(n_versions: int, champion: int | None, metric: Metric | None, endpoints: Sequence[str]) -> str:
    """Over one model: which version is champion, how good, where it serves.

    Examples:
        >>> model(2, None, None, ())
        '2 versions, none is champion yet.'
        >>> model(3, 2, None, ("delay",))
        'Version 2 is champion and serves delay.'
    """
    if champion is None:
        return f"{plural(n_versions, 'version')}, none is champion yet."
    served = f" and serves {_listed(endpoints)}" if endpoints else ""
    measured = f", {_measured(metric)}" if metric else ""
    return f"Version {champion} is champion{served}{measured}."


def version(gate: Gate | None, metric: Metric | None, aliases: Sequence[str]) -> str:
    """Over one model version.

    Examples:
        >>> version(None, None, ())
        'No gate has judged it, and no alias points to it.'
        >>> version(Gate(passed=True, checks=()), None, ("champion",)), version(None, None, ("best",))
        ('It passed its gate and is champion.', 'No gate has judged it. It is best.')
    """
    if gate is None:
        judged = "No gate has judged it"
    elif gate.passed:
        judged = f"It passed {_of(gate)}"
    else:
        judged = f"It was refused by {_of(gate)}"
    if metric:
        judged += f" with {_measured(metric)}"
    if aliases and gate is None:
        return f"{judged}. It is {_listed(aliases)}."
    if aliases:
        return f"{judged} and is {_listed(aliases)}."
    return f"{judged}, {'but' if gate and gate.passed else 'and'} no alias points to it."


def prompt(aliases: Sequence[str]) -> str:
    """Over one version of a prompt.

    Examples:
        >>> prompt(("live",)), prompt(())
        ('A prompt, which is live.', 'A prompt, to which no alias points.')
    """
    return f"A prompt, which is {_listed(aliases)}." if aliases else "A prompt, to which no alias points."


def endpoint(state: str, model: str | None, metric: Metric | None, error: str) -> str:
    """Over one endpoint.

    Examples:
        >>> endpoint("serving", "delay/4", None, "")
        'It answers with delay/4.'
        >>> endpoint("failed", None, None, "")
        'Nothing is deployed: it cannot answer yet.'
        >>> endpoint("data plane not reachable", "delay/4", None, "no answer on port 1")
        'Whether it answers is not known: delay/4 is deployed, data plane not reachable.'
        >>> endpoint("serving", "delay/4", None, "digest differs")
        'It answers with delay/4, but a newer revision could not be loaded.'
    """
    if model is None:
        return "Nothing is deployed: it cannot answer yet."
    if state.endswith("not reachable"):
        return f"Whether it answers is not known: {model} is deployed, {state}."
    if error and state != "serving":
        return f"It cannot answer: {model} could not be loaded."
    if error:
        return f"It answers with {model}, but a newer revision could not be loaded."
    if state != "serving":
        return f"{model} is deployed; state: {state}."
    return f"It answers with {model}{', ' + _measured(metric) if metric else ''}."


def prediction(model: str, value: float, gate: Gate | None, promoted_by: str) -> str:
    """Over one prediction.

    Examples:
        >>> prediction("delay/4", 0.2312, Gate(passed=True, checks=()), "ana")
        'delay/4 answered 0.231; it had passed its gate and was promoted by ana.'
        >>> prediction("delay/4", 0.2312, None, "")
        'delay/4 answered 0.231; no gate had judged it and nobody promoted it.'
    """
    if gate is None:
        judged = "no gate had judged it"
    else:
        judged = "it had passed its gate" if gate.passed else "its gate had refused it"
    promoted = f"was promoted by {promoted_by}" if promoted_by else "nobody promoted it"
    joint = "and it" if (promoted_by and gate is None) or (promoted_by and gate and not gate.passed) else "and"
    return f"{model} answered {number(value)}; {judged} {joint} {promoted}."


def audit(n_events: int, latest: tuple[str, str] | None) -> str:
    """Over the audit trail; ``latest`` is kind and actor.

    Examples:
        >>> audit(1240, ("model_version.registered", "ana"))
        '1,240 events, the latest shown: model_version.registered by ana.'
    """
    if latest is None:
        return "Nothing has happened yet."
    return f"{plural(n_events, 'event')}, the latest shown: {latest[0]} by {latest[1]}."


def storage(n_kept_bytes: int, n_going_bytes: int) -> str:
    """Over the storage.

    Examples:
        >>> storage(1_240_000, 0), storage(48_200, 512)
        ('1.24 MB are kept; nothing would go.', '48.2 kB are kept; 512 B would go.')
    """
    going = size(n_going_bytes) if n_going_bytes else "nothing"
    return f"{size(n_kept_bytes)} are kept; {going} would go."


def run(status: str, executed: int, reused: int, seconds: float | None, error: str) -> str:
    """Over one run.

    Examples:
        >>> run("finished", 5, 0, 12.3, "")
        'It finished in 12.3 s: 5 steps executed, none reused.'
        >>> run("finished", 0, 5, 0.08, "")
        'It finished in 80 ms: nothing had changed, all 5 steps were reused.'
    """
    if status == "finished" and reused and not executed:
        return f"It finished in {duration(seconds)}: nothing had changed, all {plural(reused, 'step')} were reused."
    steps = f"{plural(executed, 'step')} executed, {reused or 'none'} reused"
    if status == "finished":
        return f"It finished in {duration(seconds)}: {steps}."
    if status == "failed":
        after = f" after {duration(seconds)}" if seconds is not None else ""
        return f"It failed{after}{': ' + error if error else ''}"
    if status == "paused":
        return f"It waits for an answer: {steps} so far."
    return f"It is {status}: {steps} so far."


def bundles(n_bundles: int, n_deployed: int) -> str:
    """Over the bundles.

    Examples:
        >>> bundles(3, 1), bundles(0, 0)
        ('3 bundles; 1 environment uses one.', 'No bundle is stored yet.')
        >>> bundles(1, 0)
        '1 bundle; every environment uses the working tree.'
    """
    if not n_bundles:
        return "No bundle is stored yet."
    used = f"{plural(n_deployed, 'environment')} {_verb(n_deployed, 'use', 'uses')} one" if n_deployed else ""
    return f"{plural(n_bundles, 'bundle')}; {used or 'every environment uses the working tree'}."


def bundle(n_files: int, passed: bool | None, deployed_to: Sequence[str]) -> str:
    """Over one bundle.

    Examples:
        >>> bundle(12, True, ("staging",))
        '12 files; it passed ci, and staging uses it.'
        >>> bundle(1, None, ())
        '1 file; ci has not run on it, and no environment uses it.'
    """
    checked = "ci has not run on it" if passed is None else "it passed ci" if passed else "it failed ci"
    names = ", ".join(deployed_to)
    used = f"{names} {_verb(len(deployed_to), 'use', 'uses')} it" if names else "no environment uses it"
    return f"{plural(n_files, 'file')}; {checked}, and {used}."


def datasets(n_datasets: int, n_versions: int, n_rows: int) -> str:
    """Over all datasets.

    Examples:
        >>> datasets(1, 3, 51955)
        '1 dataset in 3 versions; the latest hold 51,955 rows.'
    """
    if not n_datasets:
        return "No dataset version is committed yet."
    return (
        f"{plural(n_datasets, 'dataset')} in {plural(n_versions, 'version')}; "
        f"the latest {'holds' if n_versions == 1 else 'hold'} {plural(n_rows, 'row')}."
    )


def dataset(name: str, version: int, n_rows: int, n_checks: int, n_failed: int) -> str:
    """Over one dataset version.

    Examples:
        >>> dataset("flights", 3, 51955, 4, 0)
        'flights@3 holds 51,955 rows and passed all 4 checks.'
    """
    held = f"{name}@{version} holds {plural(n_rows, 'row')}"
    if not n_checks:
        return f"{held}; no check is declared."
    if n_failed:
        return f"{held}; {n_failed} of {plural(n_checks, 'check')} failed."
    return f"{held} and passed {'its check' if n_checks == 1 else f'all {n_checks} checks'}."


def components(n_components: int, n_packages: int) -> str:
    """Over the catalogue of components.

    Examples:
        >>> components(4, 2)
        '4 components of 2 packages are installed here.'
    """
    verb = "is" if n_components == 1 else "are"
    return f"{plural(n_components, 'component')} of {plural(n_packages, 'package')} {verb} installed here."


def _measured(metric: Metric) -> str:
    span = interval(metric.estimate)
    unit = f" {metric.unit}" if metric.unit else ""
    return f"{metric.name} {number(metric.estimate.value)}{unit}" + (f" ({span})" if span else "")


def _of(gate: Gate) -> str:
    total = len(gate.checks)
    return f"its gate ({gate.n_passed} of {plural(total, 'check')})" if total else "its gate"


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words[:-1]) + (" and " if len(words) > 1 else "") + words[-1] if words else ""


def _verb(n: int, plain: str, singular: str = "") -> str:
    return (singular or plain + "s") if n == 1 else plain
