"""Rehearsal: a project on sampled data in a store of its own, and what must hold before it is deployed.

rehearsal `project`: a pipeline under test
sample    which rows are chosen
"""

from __future__ import annotations

from tidemill.rehearsal.rehearsal import DEFAULT_ROWS, Rehearsal, project
from tidemill.rehearsal.sample import FEWEST_GROUPS, Sample, Thinning

__all__ = ["DEFAULT_ROWS", "FEWEST_GROUPS", "Rehearsal", "Sample", "Thinning", "project"]
