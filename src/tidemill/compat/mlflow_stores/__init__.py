"""MLflow's own stores: what is in them arrives here, and what is here leaves for them, ids and points kept.

records      what is moved, as neither side stores it; report: what that came to; left_out: what could not be moved
port         a source that is read, a target that is written
moving       from a source to a target, batch by batch, each compared when it is written
fitting      ids, keys, paths and texts that every store holds
fingerprints what a run comes to, compared on both sides; hashed_files: bytes digested as they are read
folder_*     an mlruns folder; flat_yaml: its meta.yaml
folder_files files in a folder of artifacts
database_*   an MLflow database; last_points: what it keeps beside histories
server_*     a running MLflow server; rest: calls of its API; messages: its JSON
store_*      this store
artifact_places  where the files of a run lie on this machine
sources      from a text to the source it names
importing, exporting  the verbs
"""

from __future__ import annotations

from tidemill.compat.mlflow_stores.exporting import Leaving, export_store
from tidemill.compat.mlflow_stores.importing import Opening, import_store
from tidemill.compat.mlflow_stores.left_out import Line
from tidemill.compat.mlflow_stores.report import Count, MoveReport

__all__ = ["Count", "Leaving", "Line", "MoveReport", "Opening", "export_store", "import_store"]
