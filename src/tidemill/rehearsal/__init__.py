"""Rehearsal: a project on sampled data in a store of its own, and what must hold before it is deployed.

rehearsal   `project`: a pipeline under test
sample      which rows are chosen
ci          `check_project`: all that must hold, check by check
clean_code  the code that is checked: a clean clone or a bundle
examination running checks; ci_report what they found, as text, Markdown, JUnit XML
unit_tests  the project's own tests
fitting     whether steps take what others return
learning    whether the model has learnt, answers with numbers, and can be judged
"""

from __future__ import annotations

from tidemill.rehearsal.ci import CiOptions, check_project
from tidemill.rehearsal.ci_report import FAILED, PASSED, SKIPPED, CiCheck, CiReport
from tidemill.rehearsal.rehearsal import DEFAULT_ROWS, Rehearsal, project
from tidemill.rehearsal.sample import FEWEST_GROUPS, Sample, Thinning

__all__ = [
    "DEFAULT_ROWS",
    "FAILED",
    "FEWEST_GROUPS",
    "PASSED",
    "SKIPPED",
    "CiCheck",
    "CiOptions",
    "CiReport",
    "Rehearsal",
    "Sample",
    "Thinning",
    "check_project",
    "project",
]
