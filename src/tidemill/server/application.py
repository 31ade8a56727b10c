"""The control plane as an ASGI application: the table of routes, the pages, the guard around them."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from tidemill.server.data_plane import DataPlane
from tidemill.server.guard import Guard
from tidemill.server.identity import Identities
from tidemill.server.log_streams import LogStreams
from tidemill.server.mlflow_door import MlflowDoor
from tidemill.server.options import ServerOptions
from tidemill.server.pages import PAGES
from tidemill.server.problems import add_problem_handlers
from tidemill.server.roles import House, require_roles
from tidemill.server.routes import ROUTES, Route
from tidemill.server.slots import Slots
from tidemill.server.streams import Streams
from tidemill.ui import static_folder, urls
from tidemill.workspace import Workspace


def build_application(workspace: Workspace, options: ServerOptions, door: MlflowDoor | None = None) -> FastAPI:
    """Return the application that serves an opened store; `door`: MLflow's, when it is open already.

    Raises RoleMissingError when a route names no role and is not one of the public ones.
    """
    application = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    settings = options.settings
    identities = Identities(workspace.tokens, options)
    application.state.house = House(
        rooms=workspace,
        identities=identities,
        data_plane=DataPlane(settings.host, settings.data_plane_port()),
        cookie=options.cookie,
    )
    application.state.slots = Slots()
    application.state.streams = Streams()
    application.state.log_streams = LogStreams(workspace)
    for route in (*ROUTES, *(route for pages in PAGES for route in pages.all_routes())):
        _add(application, route)
    application.mount(urls.STATIC, StaticFiles(directory=static_folder()))
    require_roles(application.routes)
    add_problem_handlers(application)
    door = door or MlflowDoor(workspace, identities)
    application.add_middleware(Guard, mlflow=door, allowed_hosts=settings.allowed_hosts)
    return application


def _add(application: FastAPI, route: Route) -> None:
    methods = ["GET", "HEAD"] if route.method == "GET" else [route.method]
    application.add_api_route(route.path, route.handler, methods=methods, response_model=None)
