"""Pipelines: plain functions as steps, results reused when nothing they depend on has changed.

pipeline       `pipeline`: a body that calls steps
graph          what a body declares: `step`, `when`, `approval`, handles, nodes, options
dataset_steps  the steps that come along: `training_set`, `split_by_time`
inputs         sources and feature views as a step receives them
keys           cache keys: digests of code and values, undeclared reads
plan           what a run will do and why; forecast what it will take, and what came of it
runner         planning, running, reading back; run_options how to run, and what a run gives
running        the scheduler of one run and its helpers
executors      where steps are executed, behind one small port
codecs         how outputs are kept; preview a look at one
run_graph      the graph of a run as recorded; run_records what steps did, run_overview runs at a glance
step_history   why a step was executed or reused in a run
logs           what steps wrote
drawing        graphs as pictures and as text; figures what is drawn of graphs, runs and plans
pipeline_job   a run of a pipeline as a job in the queue
references     which blobs the records of this room name; removal where the steps of runs lead, and taking them away
erasing        taking erased rows out of what steps returned
commit         the version-control commit of the code
errors         what can go wrong on the way; missing_module what to install then
"""

from __future__ import annotations

from tidemill.pipelines._record_rows import StepQuery
from tidemill.pipelines._repository import StepElement, StepRun
from tidemill.pipelines.codecs.codec import CODECS, Codec, Codecs, Output, built_in_codecs
from tidemill.pipelines.dataset_steps import split_by_time, training_set
from tidemill.pipelines.erasing import HeldOutputs, erase_outputs, find_outputs, holds_rows, without_rows
from tidemill.pipelines.errors import StepError, TraceError, own_frames
from tidemill.pipelines.executors.in_process import IN_PROCESS
from tidemill.pipelines.executors.output_capture import captured_output
from tidemill.pipelines.executors.usage import cost_of, measured_usage
from tidemill.pipelines.figures import (
    Seen,
    figure_of_nodes,
    figure_of_plan,
    figure_of_run,
    nodes_of_steps,
    recorded_nodes,
    timeline_of_run,
)
from tidemill.pipelines.forecast import Compared, Forecast, PlanCheck, StepForecast, forecast
from tidemill.pipelines.graph.approvals import Approval, RunApproval, approval
from tidemill.pipelines.graph.failure import ApprovalCodec, Failure, FailureCodec
from tidemill.pipelines.graph.handle import Reference
from tidemill.pipelines.graph.nodes import Graph, Node
from tidemill.pipelines.graph.step import Step, step
from tidemill.pipelines.graph.when import when
from tidemill.pipelines.inputs import InputResolver, ViewRows
from tidemill.pipelines.keys.code_digest import CodeDigest, CodeReader
from tidemill.pipelines.logs._log_rows import StoredLine
from tidemill.pipelines.logs.log_writer import LogWriter
from tidemill.pipelines.logs.step_logs import StepLogs
from tidemill.pipelines.pipeline import Pipeline, pipeline
from tidemill.pipelines.pipeline_job import PIPELINE_RUN, PipelineJob, caller_of
from tidemill.pipelines.plan import Plan, PlannedStep
from tidemill.pipelines.preview import Column, OutputPreview
from tidemill.pipelines.references import referenced_blobs
from tidemill.pipelines.removal import StepLinks, list_step_links, remove_steps
from tidemill.pipelines.run_graph import GraphNode, RunGraph
from tidemill.pipelines.run_options import Only, PipelineRun, RunCancelled, RunOptions, RunParked, RunSkipped
from tidemill.pipelines.run_overview import (
    StepGlance,
    element_counts,
    elements_page,
    n_done,
    pipeline_names,
    step_glances,
)
from tidemill.pipelines.run_records import RunRecords, RunTotals
from tidemill.pipelines.runner import Execute, Runner
from tidemill.pipelines.running.pools import parse_pools
from tidemill.pipelines.step_history import MISS, KeyDifference, StepHistory, StepWhy
from tidemill.provenance import Redaction

__all__ = [
    "CODECS",
    "IN_PROCESS",
    "MISS",
    "PIPELINE_RUN",
    "Approval",
    "ApprovalCodec",
    "CodeDigest",
    "CodeReader",
    "Codec",
    "Codecs",
    "Column",
    "Compared",
    "Execute",
    "Failure",
    "FailureCodec",
    "Forecast",
    "Graph",
    "GraphNode",
    "HeldOutputs",
    "InputResolver",
    "KeyDifference",
    "LogWriter",
    "Node",
    "Only",
    "Output",
    "OutputPreview",
    "Pipeline",
    "PipelineJob",
    "PipelineRun",
    "Plan",
    "PlanCheck",
    "PlannedStep",
    "Redaction",
    "Reference",
    "RunApproval",
    "RunCancelled",
    "RunGraph",
    "RunOptions",
    "RunParked",
    "RunRecords",
    "RunSkipped",
    "RunTotals",
    "Runner",
    "Seen",
    "Step",
    "StepElement",
    "StepError",
    "StepForecast",
    "StepGlance",
    "StepHistory",
    "StepLinks",
    "StepLogs",
    "StepQuery",
    "StepRun",
    "StepWhy",
    "StoredLine",
    "TraceError",
    "ViewRows",
    "approval",
    "built_in_codecs",
    "caller_of",
    "captured_output",
    "cost_of",
    "element_counts",
    "elements_page",
    "erase_outputs",
    "figure_of_nodes",
    "figure_of_plan",
    "figure_of_run",
    "find_outputs",
    "forecast",
    "holds_rows",
    "list_step_links",
    "measured_usage",
    "n_done",
    "nodes_of_steps",
    "own_frames",
    "parse_pools",
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
    "when",
    "without_rows",
]
