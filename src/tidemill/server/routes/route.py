"""A row of the table of routes. Roles are not here: each handler takes them as its first parameter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

from fastapi import Query


class Route(NamedTuple):
    """A method, a path and the function that answers. `method` GET answers HEAD too."""

    method: str
    path: str
    handler: Callable[..., Any]


Limit = Annotated[int, Query(ge=1, le=1000)]
