"""Pipelines: plain functions as steps, results reused when nothing they depend on has changed.

step           `step`: a function that is traced in a pipeline's body and runs anywhere else
pipeline       `pipeline`: a body that calls steps; params its params
graph          the calls of steps that a body makes; handle what a step returns while it is traced
when           `when`: one of two branches; approvals `approval`: a person is asked; failure what a caught error becomes
outputs        the parts of what a step returns; type_checks whether they are what is declared
options        how steps are executed: tries, time-outs, resources
dataset_steps  the steps that come along: `training_set`, `split_by_time`
inputs         sources and feature views as a step receives them
code_digest    the digest of a function and all it reaches; code_pieces what it is made of, bytecode what code does and
               reads, held_values what functions and objects hold, module_places where modules come from, code_text
value_digest   the digest of plain values; table_digest of arrays and tables, path_digest of files and folders
watched_reads  what a step reads that no key knows of; hidden_state what it stands on without naming it
step_history   why a step was executed or reused in a run
executors      where steps are executed, behind one small port
plan           cache keys, and what a run will do and why
codecs         how outputs are kept: the `Codec` port, its hook, the built-in ones; npy reading arrays,
               table_codecs, path_codec, value_codec those of other tables, of files, of plain Python values
references     which blobs the records of this room name
erasing        taking erased rows out of what steps returned
pipeline_job   a run of a pipeline as a job in the queue
removal        where the steps of runs lead, and taking steps away
runner         planning, running, reading back; run_options how to run, and what a run gives
scheduler      what is next and what becomes of it; work one call, map_progress the elements of a map, execution what
               is known so far, scene what it takes place in
result_index   results to be reused; recorder writing what steps did, step_records what of it; watch seeing to a run
asking         asking people on behalf of a run; turns two runs at once; pools quotas; only one step of a past run
executors      where steps are executed, behind one small port
run_graph      the graph of a run as recorded; approvals what it asks people
run_records    what steps did: found, added up; preview a look at an output, counted_blobs how large it is
forecast       what a plan will take, and what came of it
step_logs      what steps wrote; log_writer stores it, redaction takes secrets out
drawing        graphs as pictures and as text; figures what is drawn of graphs, runs and plans
run_overview   runs at a glance, for lists and pictures
commit         the version-control commit of the code
errors         what can go wrong on the way; missing_module what to install then
"""

from __future__ import annotations

from tidemill.pipelines._log_rows import StoredLine
from tidemill.pipelines._record_rows import StepQuery
from tidemill.pipelines._repository import StepElement, StepRun
from tidemill.pipelines.approvals import Approval, RunApproval, approval
from tidemill.pipelines.code_digest import CodeDigest, CodeReader
from tidemill.pipelines.codecs import CODECS, Codec, Codecs, Output, built_in_codecs
from tidemill.pipelines.dataset_steps import split_by_time, training_set
from tidemill.pipelines.erasing import HeldOutputs, erase_outputs, find_outputs, holds_rows, without_rows
from tidemill.pipelines.errors import StepError, TraceError, own_frames
from tidemill.pipelines.executors.in_process import IN_PROCESS
from tidemill.pipelines.executors.output_capture import captured_output
from tidemill.pipelines.executors.usage import cost_of, measured_usage
from tidemill.pipelines.failure import ApprovalCodec, Failure, FailureCodec
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
from tidemill.pipelines.graph import Graph, Node
from tidemill.pipelines.handle import Reference
from tidemill.pipelines.inputs import InputResolver, ViewRows
from tidemill.pipelines.log_writer import LogWriter
from tidemill.pipelines.pipeline import Pipeline, pipeline
from tidemill.pipelines.pipeline_job import PIPELINE_RUN, PipelineJob, caller_of
from tidemill.pipelines.plan import Plan, PlannedStep
from tidemill.pipelines.pools import parse_pools
from tidemill.pipelines.preview import Column, OutputPreview
from tidemill.pipelines.redaction import Redaction
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
from tidemill.pipelines.step import Step, step
from tidemill.pipelines.step_history import MISS, KeyDifference, StepHistory, StepWhy
from tidemill.pipelines.step_logs import StepLogs
from tidemill.pipelines.when import when

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
