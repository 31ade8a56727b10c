"""Fewer points of a curve that look the same: of each bucket the first, the last, the least and the greatest.

After M4 (Jugel, Jerzak, Hackenbroich, Markl: A Visualization-Oriented Time Series Data Aggregation, VLDB 2014): a line
through these is drawn as the line through all points, when a bucket is no wider than a pixel. Kept besides is the first
NaN of each bucket; infinities are the least or the greatest. Buckets are of equal width in steps. Where steps do not
spread, as when all are zero or a few lie far away, they hold equal numbers of points, in the order of step and time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tidemill.core import UsageError

LEAST_POINTS, MOST_POINTS = 10, 10_000
#: Into so many buckets a curve is cut first, whatever it is cut down to.
FINE = 64
#: First, last, least, greatest, and the first NaN.
_KEPT = 5

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Points(NamedTuple):
    """Points of a curve, ordered by step, then time, then value. at: milliseconds since 1970 UTC."""

    steps: Integers
    at: Integers
    values: Floats

    def take(self, which: Integers | slice) -> Points:
        """Return the points at these places."""
        return Points(self.steps[which], self.at[which], self.values[which])


class Extent(NamedTuple):
    """What must be known of a curve before it is gone through: how many points, and from which step to which."""

    n_points: int
    first_step: int
    last_step: int


def evenly(parts: Iterable[Points], n_points: int, at_most: int) -> Iterator[Points]:
    """Yield `at_most` of the points, part by part: of each of so many equal shares the first, of the last the last.

    >>> points = Points(np.arange(10), np.arange(10), np.arange(10.0))
    >>> [part.steps.tolist() for part in evenly([points], 10, 5)]
    [[0, 2, 4, 6, 9]]
    """
    share, larger = divmod(n_points, at_most)
    number = np.arange(at_most)
    chosen = number * share + np.minimum(number, larger)
    chosen[-1] = n_points - 1
    before = 0
    for part in parts:
        here = chosen[(chosen >= before) & (chosen < before + len(part.steps))]
        if len(here):
            yield part.take(here - before)
        before += len(part.steps)


def check_points(points: int) -> None:
    """Raise UsageError for a number of points that no curve is cut down to."""
    if not LEAST_POINTS <= points <= MOST_POINTS:
        raise UsageError(f"{points} points of a curve; use {LEAST_POINTS} to {MOST_POINTS:,}")


def downsample(points: Points, at_most: int) -> Points:
    """Return at most so many of the points; all when there are no more.

    >>> many = Points(np.arange(1000), np.arange(1000), np.sin(np.arange(1000.0)))
    >>> few = downsample(many, 50)
    >>> len(few.steps) <= 50, float(few.values.max()) == float(many.values.max())
    (True, True)

    Raises UsageError for fewer than ten.
    """
    steps = points.steps
    extent = Extent(len(steps), int(steps[0]), int(steps[-1])) if len(steps) else Extent(0, 0, 0)
    return downsample_parts([points], extent, at_most)


def downsample_parts(parts: Iterable[Points], extent: Extent, at_most: int) -> Points:
    """Return the same of a curve that comes in parts, of which one at a time is in memory.

    Raises UsageError for a number of points that no curve is cut down to.
    """
    check_points(at_most)
    if extent.n_points <= at_most:
        return _joined(list(parts))
    n_buckets = buckets_for(at_most)
    return coarser(sample_parts(parts, extent, max(FINE, n_buckets)), n_buckets).points


class Sample(NamedTuple):
    """Points that were kept of a curve, the bucket of each, and how many buckets there are."""

    points: Points
    buckets: Integers
    n_buckets: int


def buckets_for(at_most: int) -> int:
    """Return into how many buckets a curve is cut that may keep so many points: below 64, a power of two.

    So each bucket of a coarser cut is some whole buckets of the finest one, and is known from what that keeps.

    >>> [buckets_for(at_most) for at_most in (10, 48, 320, 1000)]
    [2, 8, 64, 200]
    """
    most = at_most // _KEPT
    return most if most >= FINE else 1 << (most.bit_length() - 1)


def sample_parts(parts: Iterable[Points], extent: Extent, n_buckets: int) -> Sample:
    """Return what is kept of a curve that comes in parts, which has more points than that."""
    by_step, by_rank = _Kept(), _Kept()
    seen = 0
    for part in parts:
        ranks = np.arange(seen, seen + len(part.steps))
        seen += len(ranks)
        by_step.add(part, _by_step(part.steps, extent, n_buckets))
        by_rank.add(part, np.minimum(ranks * n_buckets // extent.n_points, n_buckets - 1))
    kept = by_step if by_step.n_occupied * 2 >= n_buckets else by_rank
    return Sample(kept.points, kept.buckets, n_buckets)


def coarser(sample: Sample, n_buckets: int) -> Sample:
    """Return the sample with fewer buckets, a power of two less: the very points that the whole curve would give."""
    if n_buckets >= sample.n_buckets:
        return sample
    buckets = sample.buckets // (sample.n_buckets // n_buckets)
    kept = _kept(sample.points.values, buckets)
    return Sample(sample.points.take(kept), buckets[kept], n_buckets)


def coarser_together(samples: Sequence[Sample], n_buckets: int) -> list[Points]:
    """Return the points of many samples with fewer buckets, in one go."""
    if not samples:
        return []
    shares = [each.n_buckets // n_buckets for each in samples]
    sizes = [len(each.buckets) for each in samples]
    own = np.concatenate([each.buckets for each in samples]).astype(np.int64) // np.repeat(shares, sizes)
    buckets = np.repeat(np.arange(len(samples)) * n_buckets, sizes) + own
    points = _joined([each.points for each in samples])
    kept = _kept(points.values, buckets)
    few, edges = points.take(kept), np.searchsorted(kept, np.cumsum([0, *sizes])).tolist()
    return [few.take(slice(start, end)) for start, end in pairwise(edges)]


class _Kept:
    """What is kept so far. Points of a bucket follow each other, and what is kept of kept ones is what it would be."""

    def __init__(self) -> None:
        self.points = _joined([])
        self.buckets = np.zeros(0, np.int64)

    @property
    def n_occupied(self) -> int:
        return len(np.unique(self.buckets))

    def add(self, part: Points, buckets: Integers) -> None:
        points = _joined([self.points, part])
        within = np.concatenate([self.buckets, buckets])
        kept = _kept(points.values, within)
        self.points, self.buckets = points.take(kept), within[kept]


def _by_step(steps: Integers, extent: Extent, n_buckets: int) -> Integers:
    first, last = float(extent.first_step), float(extent.last_step)
    if last <= first:
        return np.zeros(len(steps), np.int64)
    share = (steps.astype(np.float64) - first) / (last - first)
    return np.clip((share * n_buckets).astype(np.int64), 0, n_buckets - 1)


def _kept(values: Floats, buckets: Integers) -> Integers:
    """Return the places of first, last, least, greatest and first NaN of each bucket, in order."""
    if not len(values):
        return np.zeros(0, np.int64)
    changes = np.flatnonzero(np.diff(buckets)) + 1
    starts = np.concatenate([[0], changes])
    ends = np.concatenate([changes, [len(values)]]) - 1
    which = np.repeat(np.arange(len(starts)), ends - starts + 1)
    nan = np.isnan(values)
    least = np.minimum.reduceat(np.where(nan, np.inf, values), starts)[which]
    greatest = np.maximum.reduceat(np.where(nan, -np.inf, values), starts)[which]
    marked = [_firsts(mask & ~nan, which) for mask in (values == least, values == greatest)]
    return np.unique(np.concatenate([starts, ends, *marked, _firsts(nan, which)]))


def _firsts(mask: npt.NDArray[np.bool_], which: Integers) -> Integers:
    places = np.flatnonzero(mask)
    _, at = np.unique(which[places], return_index=True)
    return places[at]


def _joined(parts: list[Points]) -> Points:
    if not parts:
        return Points(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    return Points(
        np.concatenate([part.steps for part in parts]),
        np.concatenate([part.at for part in parts]),
        np.concatenate([part.values for part in parts]),
    )
