"""The strips under the tide line: which version answered, which share is labelled, which windows drifted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from markupsafe import Markup

from tidemill.ui.charts.time_axis import TimeAxis
from tidemill.ui.views.monitoring import WindowRow

SERVED_TOP, SERVED_BOTTOM = 258.0, 275.0
LABELS_TOP, LABELS_BOTTOM = 283.0, 300.0
DRIFT_TOP, DRIFT_BOTTOM = 308.0, 318.0
_LETTER = 6.4


def strips(windows: Sequence[WindowRow], axis: TimeAxis) -> Markup:
    """The three strips with their names; a strip of which nothing is known is left out."""
    parts = [_name(axis, "served", SERVED_TOP, SERVED_BOTTOM), *_versions(windows, axis)]
    parts += [_name(axis, "labels", LABELS_TOP, LABELS_BOTTOM), *_labels(windows, axis)]
    if any(each.drift for each in windows):
        parts += [_name(axis, "drift", DRIFT_TOP, DRIFT_BOTTOM), *_drift(windows, axis)]
    return Markup("").join(parts)


def _name(axis: TimeAxis, name: str, top: float, bottom: float) -> Markup:
    return Markup('<text x="{0:g}" y="{1:g}" text-anchor="end">{2}</text>').format(
        axis.left - 8, (top + bottom) / 2 + 4, name
    )


def _versions(windows: Sequence[WindowRow], axis: TimeAxis) -> Iterator[Markup]:
    """Windows in a row that the same version answered are one block; its name stands in it where there is room."""
    for place, (version, group) in enumerate(groupby(windows, key=_busiest)):
        held = list(group)
        start, end = axis.at(held[0].starts_at), axis.at(held[-1].ends_at)
        if not version:
            continue
        yield Markup('<rect class="tide-version tide-version-{0}" x="{1:.1f}" y="{2:g}" {3}/>').format(
            place % 2, start + 0.5, SERVED_TOP, _sized(end - start - 1, SERVED_BOTTOM - SERVED_TOP)
        )
        words = next((each for each in (version, _number(version)) if len(each) * _LETTER <= end - start - 4), "")
        yield Markup('<text class="tide-version-name" x="{0:.1f}" y="{1:g}" text-anchor="middle">{2}</text>').format(
            (start + end) / 2, SERVED_BOTTOM - 4.5, words
        )


def _busiest(each: WindowRow) -> str:
    return each.versions[0].text if each.versions else ""


def _number(version: str) -> str:
    return "v" + version.rpartition("/")[2] if "/" in version else ""


def _labels(windows: Sequence[WindowRow], axis: TimeAxis) -> Iterator[Markup]:
    height = LABELS_BOTTOM - LABELS_TOP
    for each in windows:
        if each.coverage is None:
            continue
        start, width = axis.at(each.starts_at) + 0.5, axis.at(each.ends_at) - axis.at(each.starts_at) - 1
        filled = height * each.coverage
        yield Markup(
            '<rect class="tide-rows" x="{0:.1f}" y="{1:g}" {2}/><rect class="tide-labels" x="{0:.1f}" y="{3:.1f}" {4}/>'
        ).format(start, LABELS_TOP, _sized(width, height), LABELS_BOTTOM - filled, _sized(width, filled))


def _drift(windows: Sequence[WindowRow], axis: TimeAxis) -> Iterator[Markup]:
    for each in windows:
        if each.drift:
            width = axis.at(each.ends_at) - axis.at(each.starts_at) - 1
            yield Markup('<rect class="{0}" x="{1:.1f}" y="{2:g}" {3}/>').format(
                "tide-drifted" if each.drifted else "tide-steady",
                axis.at(each.starts_at) + 0.5,
                DRIFT_TOP if each.drifted else (DRIFT_TOP + DRIFT_BOTTOM) / 2 - 1.5,
                _sized(width, DRIFT_BOTTOM - DRIFT_TOP if each.drifted else 3),
            )


def _sized(width: float, height: float) -> Markup:
    return Markup('width="{0:.1f}" height="{1:.1f}" rx="{2:g}"').format(
        max(0.8, width), max(0.0, height), 2 if width > 6 else 0
    )
