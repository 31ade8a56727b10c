"""Pipelines: plain functions as steps, results reused when nothing they depend on has changed.

step           `step`: a function that is traced in a pipeline's body and runs anywhere else
pipeline       `pipeline`: a body that calls steps; its graph
handle         what a step returns while the body is traced
dataset_steps  the steps that come along: `training_set`, `split_by_time`
inputs         sources and feature views as a step receives them
code_digest    the digest of a function and all it reaches; value_digest that of plain values; code_text the source,
               held_values what functions and objects hold
plan           cache keys, and what a run will do and why
codecs         how outputs are kept: the `Codec` port, its hook, the built-in ones; npy reading arrays
references     which blobs the records of this room name
erasing        taking erased rows out of what steps returned
pipeline_job   a run of a pipeline as a job in the queue
removal        where the steps of runs lead, and taking steps away
runner         planning and running in this process; execution is the state of one run
options        how steps are executed: tries, time-outs, resources
executors      where steps are executed, behind one small port
run_graph      the graph of a run as recorded; approvals what it asks people
drawing        graphs as pictures and as text; figures what is drawn of graphs, runs and plans
run_overview   runs at a glance, for lists and pictures
commit         the version-control commit of the code
errors         what can go wrong on the way; missing_module what to install then
"""

from __future__ import annotations

from tidemill.pipelines._repository import StepElement, StepRun
from tidemill.pipelines.approvals import RunApproval
from tidemill.pipelines.code_digest import CodeDigest, CodeReader
from tidemill.pipelines.codecs import CODECS, Codec, Codecs, Output, built_in_codecs
from tidemill.pipelines.dataset_steps import split_by_time, training_set
from tidemill.pipelines.erasing import HeldOutputs, erase_outputs, find_outputs, holds_rows, without_rows
from tidemill.pipelines.errors import StepError, TraceError
from tidemill.pipelines.figures import (
    Seen,
    figure_of_nodes,
    figure_of_plan,
    figure_of_run,
    nodes_of_steps,
    recorded_nodes,
    timeline_of_run,
)
from tidemill.pipelines.inputs import InputResolver, ViewRows
from tidemill.pipelines.pipeline import Graph, Pipeline, pipeline
from tidemill.pipelines.pipeline_job import PIPELINE_RUN, PipelineJob, caller_of
from tidemill.pipelines.plan import Plan, PlannedStep
from tidemill.pipelines.references import referenced_blobs
from tidemill.pipelines.removal import StepLinks, list_step_links, remove_steps
from tidemill.pipelines.run_graph import GraphNode, RunGraph
from tidemill.pipelines.run_overview import (
    StepGlance,
    element_counts,
    elements_page,
    n_done,
    pipeline_names,
    step_glances,
)
from tidemill.pipelines.runner import PipelineRun, Runner, RunOptions
from tidemill.pipelines.step import Step, step

__all__ = [
    "CODECS",
    "PIPELINE_RUN",
    "CodeDigest",
    "CodeReader",
    "Codec",
    "Codecs",
    "Graph",
    "GraphNode",
    "HeldOutputs",
    "InputResolver",
    "Output",
    "Pipeline",
    "PipelineJob",
    "PipelineRun",
    "Plan",
    "PlannedStep",
    "RunApproval",
    "RunGraph",
    "RunOptions",
    "Runner",
    "Seen",
    "Step",
    "StepElement",
    "StepError",
    "StepGlance",
    "StepLinks",
    "StepRun",
    "TraceError",
    "ViewRows",
    "built_in_codecs",
    "caller_of",
    "element_counts",
    "elements_page",
    "erase_outputs",
    "figure_of_nodes",
    "figure_of_plan",
    "figure_of_run",
    "find_outputs",
    "holds_rows",
    "list_step_links",
    "n_done",
    "nodes_of_steps",
    "pipeline",
    "pipeline_names",
    "recorded_nodes",
    "referenced_blobs",
    "remove_steps",
    "split_by_time",
    "step",
    "step_glances",
    "timeline_of_run",
    "training_set",
    "without_rows",
]
