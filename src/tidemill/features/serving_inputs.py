"""What serving needs to know of a training set: what a request brings, and which features are looked up for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tidemill.features.request_columns import RequestColumn


@dataclass(frozen=True)
class ViewBinding:
    """A feature view as serving looks it up: by which keys, which columns, and how old a value may be."""

    name: str
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    types: tuple[str, ...]
    ttl_s: float


@dataclass(frozen=True)
class ServingInputs:
    """The request schema, the columns that name and place a row, and the feature views."""

    request: tuple[RequestColumn, ...] = ()
    event_time: str = ""
    key: str = ""
    views: tuple[ViewBinding, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return JSON values."""
        return {
            "request": [{"name": c.name, "type": c.type, "nullable": c.nullable} for c in self.request],
            "event_time": self.event_time,
            "key": self.key,
            "views": [
                {
                    "name": view.name,
                    "keys": list(view.keys),
                    "columns": list(view.columns),
                    "types": list(view.types),
                    "ttl_s": view.ttl_s,
                }
                for view in self.views
            ],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ServingInputs:
        """Read what `to_json` gave.

        >>> ServingInputs.from_json(ServingInputs(key="flight_id").to_json()).key
        'flight_id'
        """
        return cls(
            request=tuple(RequestColumn(**column) for column in value["request"]),
            event_time=value["event_time"],
            key=value["key"],
            views=tuple(
                ViewBinding(
                    view["name"], tuple(view["keys"]), tuple(view["columns"]), tuple(view["types"]), view["ttl_s"]
                )
                for view in value["views"]
            ),
        )
