"""The pages and their ``.json`` twins, a file for each room: contexts of the ui built from what the rooms tell.

frame       what every page shows around itself; taking a page along as Python
page        serving a context as HTML, as a fragment and as its twin
evidence    metrics, gates, datasets and lineage as pages show them
cards       where an endpoint stands
events      events in words
home        the first page
data        datasets
bundles     bundles of code, and what the environments use
components  the catalogue of steps and pipelines
pipelines   pipelines with their graphs and runs; planning, queueing a run
experiments experiments with what happened in them last
run_table   runs in a table of windows; run_windows reads one, run_cells are its columns, run_address what is
            asked, run_copies the ways to take it along
comparison  runs side by side
tracking    one run; run_figures them as pictures, run_actions what can be done to one
run_logged  what a run logged; run_files its files, file_looks a look into one; run_lineage what went in and came out
logged_models  a model that a run logged
traces      calls of programs, and one with its spans
run_steps   a step of a run, the elements of a map
registry    models and their versions; promoting; version_comparison two of them side by side
gates       the gate report of a version; asking for its promotion
approvals   what waits for an answer; one promotion
deployment  endpoints; rolling back
monitoring  windows
turns       a turn as pages show it
loop        the loop of an endpoint, its turns; retraining by hand
governance  why, the audit trail
erasure     requests to erase and what they found
storage     what is stored for whom, what would go
webhooks    who is told what happens, for admins
access      signing in and out
"""

from __future__ import annotations

from tidemill.server.pages import (
    access,
    approvals,
    bundles,
    comparison,
    components,
    data,
    deployment,
    erasure,
    experiments,
    gates,
    governance,
    home,
    logged_models,
    loop,
    monitoring,
    pipelines,
    registry,
    run_actions,
    run_files,
    run_steps,
    run_table,
    storage,
    traces,
    tracking,
    version_comparison,
    webhooks,
)
from tidemill.server.pages.page import Pages

__all__ = ["PAGES", "Pages"]

PAGES: tuple[Pages, ...] = (
    home.PAGES,
    data.PAGES,
    bundles.PAGES,
    pipelines.PAGES,
    experiments.PAGES,
    run_table.PAGES,
    run_actions.PAGES,
    run_files.PAGES,
    run_steps.PAGES,
    logged_models.PAGES,
    traces.PAGES,
    comparison.PAGES,
    tracking.PAGES,
    components.PAGES,
    version_comparison.PAGES,
    gates.PAGES,
    registry.PAGES,
    approvals.PAGES,
    monitoring.PAGES,
    loop.PAGES,
    deployment.PAGES,
    governance.PAGES,
    storage.PAGES,
    erasure.PAGES,
    webhooks.PAGES,
    access.PAGES,
)
