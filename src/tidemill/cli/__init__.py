"""The command line: one file per command, named after it.

application  the table of commands; each module is imported when its command is called
options      the options that commands share
progress     how far a long command is
output       printing for people and as JSON
session      opening the workspace and project that a command works on
run_project  running a pipeline, once the project's module is imported
predict_here predictions of a model version without a server, from a file to a file
run_search   what `tidemill runs` finds: printed, counted, written to a file
run_display  how far a run is, below the lines of its steps
encrypting   where the key of a new store comes from
moved        what an import or export came to, for people
home         whether a folder can hold the store, and who uses it
signals      what SIGINT and SIGTERM do
extras       what a command needs beyond the base installation
own_command  how this installation is called from a folder
processes    the supervised children of `tidemill up`; child is how one of them starts, process_group what it leaves
example      where the flights example is, and its data
demo_folder  the demo's folder, made anew without throwing away anybody's work
story        what the demo tells, chapter by chapter
year         the year of flights as the replay needs it, prepared once by a process of its own
replay       the year lived again over HTTP, in the order of event time; it drives the store's clock
nightly      what the world does at each midnight of the replay: files, labels, features
weeks        the endpoint's stored windows and turns, as the weeks of the timeline
timeline     a printed line for each week, and the chart of all of them
"""

from __future__ import annotations

from tidemill.cli.application import main

__all__ = ["main"]
