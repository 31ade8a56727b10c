"""A row dated at the calendar's end, the only one or beside others, breaks neither a pass nor a page."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.monitoring.world import DAY, START, WATCHED, open_world
from tests.server.running import server
from tests.small_project import ANN, open_project
from tidemill.access import Caller, Role
from tidemill.core import iso
from tidemill.loop import every, on_drift
from tidemill.monitoring import drift

FIRST = iso(datetime.fromisoformat("0001-01-01T00:00:00Z"))


@pytest.mark.parametrize("sent", [FIRST, "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-12:00"])
def test_one_row_at_the_calendars_end_does_not_fail_a_pass(tmp_path: Path, sent: str) -> None:
    world = open_world(tmp_path)
    world.log([{"parcel_id": "q", "sent_at": sent, "depot": "A", "weight": 2.5}], START + DAY)
    world.clock.set(START + 3 * DAY)
    assert world.look() == world.look((replace(WATCHED[0], window=timedelta(days=28)), WATCHED[1])) == []
    workspace = world.workspace
    endpoint = replace(
        open_project(tmp_path)[1].endpoints["late"],
        monitors=(drift(window="28d"), WATCHED[1]),
        retrain=(every("28d"), on_drift()),
    )
    loop = Caller("loop", role=Role.DEPLOYER)
    assert workspace.loop.turn(loop, endpoint).n_open == 0
    assert workspace.monitoring.next_due(ANN, "late", endpoint.monitors) is None or sent < "9"
    world.writer.close()
    with server(workspace) as url:
        for path in ("/endpoints/late", "/api/endpoints/late/windows", "/api/endpoints/late/labels", "/"):
            answer = httpx.get(url + path, follow_redirects=True)
            assert answer.status_code == 200, (path, answer.text[:300])
