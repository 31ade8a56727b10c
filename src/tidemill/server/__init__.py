"""Server: the control plane. The JSON API and the pages over HTTP, and the worker that runs what they queue.

options        where the server finds its store and listens
application    `build_application`: routes, pages, guard               (needs FastAPI, import it by its file)
guard          Host, Origin, content type and size of every request; headers of every answer
log_streams    logs of runs as they are written, for many listeners
streams        bodies and files of any size, a thread for each; file_heads what is said of a file
byte_ranges    the part of a file that a request asks for
mlflow_door    MLflow's API; mlflow_bodies reads its requests, mlflow_streams and mlflow_artifacts those of any size
slots          how many pieces of uploads may be on their way
identity       who calls: token, cookie, or the person at this machine
roles          which role a route needs; none without one
mlflow_door    MLflow's API beside the application; mlflow_bodies its JSON, mlflow_streams its files, mlflow_paths
               which paths are its own
answers        JSON out, JSON and forms in; media_types the kinds of bodies
problems       errors as one line of JSON, or a page
routes         the JSON API, a file for each room
pages          the pages and their ``.json`` twins, a file for each room
run_lists      what a search of runs is asked with, and how runs, curves and files of them are answered
known_pipelines  which pipelines there are; planning what a run would do, in a process of its own
run_controls   cancelling a run, running the same again, answering what it asks
data_plane     what the data plane serves now, as it says itself
scheduler      `python -m tidemill.server.scheduler`: turns the loop; loop_signs what tells it that there is something
               to do
daily_collection  a collection once a day in the scheduler, where the project says what to keep
erasing        going on with erasures that are not done, in the scheduler
deployed_code  which code runs use: a deployed bundle, or the working tree
loaded_code    whether the project's code has changed since it was imported
process        starting it: `python -m tidemill.server`               (needs uvicorn, import it by its file)
opening        what answers while the rest is loaded; loading does that in a thread, by the names of modules
behind         the rooms with MLflow's door, mending, webhooks        (loaded late, by its name)
saying         the server's words to whoever started it
worker         `python -m tidemill.server.worker`: runs queued pipelines
"""

from __future__ import annotations

from tidemill.server.options import ServerOptions

__all__ = ["ServerOptions"]
