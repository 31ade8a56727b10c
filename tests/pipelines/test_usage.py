"""What a step takes is measured, and reckoned by the prices that are set."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tidemill.core import Prices, UsageError, load_settings, parse_prices
from tidemill.pipelines import cost_of, measured_usage
from tidemill.pipelines.executors.port import Usage
from tidemill.pipelines.graph.options import Resources


def test_memory_is_the_most_that_was_held_meanwhile() -> None:
    with measured_usage() as idle:
        pass
    with measured_usage() as busy:
        held = np.ones(30_000_000)
        del held
    assert idle.usage.peak_memory_bytes is not None
    assert busy.usage.peak_memory_bytes is not None
    assert busy.usage.peak_memory_bytes - idle.usage.peak_memory_bytes > 200_000_000
    with measured_usage() as after:
        pass
    assert after.usage.peak_memory_bytes is not None
    assert after.usage.peak_memory_bytes < busy.usage.peak_memory_bytes - 200_000_000


def test_processor_time_counts_this_process_and_children_that_ended() -> None:
    spin = "import time\nend = time.process_time() + 0.2\nwhile time.process_time() < end: pass"
    with measured_usage() as measured:
        subprocess.run([sys.executable, "-c", spin], check=True)
    assert measured.usage.cpu_seconds >= 0.2
    assert measured.usage.seconds > 0


def test_a_step_that_fails_has_its_usage_too() -> None:
    with pytest.raises(ValueError, match="no"), measured_usage() as measured:
        raise ValueError("no")
    assert measured.usage is measured.usage
    assert measured.usage.host


def test_cost_is_seconds_times_the_price_of_what_was_held() -> None:
    usage = Usage(0.0, 1800.0, 3.0, peak_memory_bytes=4_000_000_000)
    prices = Prices(cpu_hour=0.04, gpu_hour=2.5, memory_gb_hour=0.01, currency="EUR")
    assert cost_of(usage, Resources(cpus=2), prices) == pytest.approx(0.04 + 0.02)
    assert cost_of(usage, Resources(cpus=0, gpus=1, memory_bytes=8_000_000_000), prices) == pytest.approx(1.25 + 0.04)
    assert cost_of(usage, Resources(), Prices()) is None


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"cpu_houres": 1}, "sets the price 'cpu_houres', which is none. Did you mean 'cpu_hour'?"),
        ({"cpu_hour": -1}, "sets prices.cpu_hour to -1; it takes a number from 0 upwards"),
        ({"cpu_hour": "dear"}, "sets prices.cpu_hour to 'dear'"),
        ({"cpu_hour": True}, "sets prices.cpu_hour to True"),
        ({"currency": ""}, "sets prices.currency to ''; it takes a short name"),
        (3, "sets prices to 3; it takes a table"),
    ],
)
def test_a_price_that_is_none_is_told(given: object, told: str) -> None:
    with pytest.raises(UsageError, match=f"^tidemill.toml {told.replace('.', '[.]').replace('?', '[?]')}"):
        parse_prices(given, "tidemill.toml")


def test_prices_come_from_the_file_or_the_environment(tmp_path: Path) -> None:
    folder = tmp_path
    (folder / "tidemill.toml").write_text('[prices]\ncpu_hour = 0.04\ncurrency = "EUR"\n')
    assert load_settings(folder, environ={}).prices == Prices(cpu_hour=0.04, currency="EUR")
    environ = {"TIDEMILL_PRICES": "gpu_hour = 2.5; currency = CHF"}
    assert load_settings(folder, environ=environ).prices == Prices(gpu_hour=2.5, currency="CHF")
    assert (
        load_settings(folder, environ={"OPENLINEAGE_URL": "http://marquez:5000"}).openlineage == "http://marquez:5000"
    )
