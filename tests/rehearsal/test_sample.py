"""Which rows a sample holds, and that a rehearsal leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from tests.small_project import write_project
from tidemill import testing
from tidemill.core import TidemillError, UsageError

SHOP = """
import polars as pl

import tidemill as tm

customer = tm.entity("customer", key="customer")


@tm.source(files="data/orders-*.csv", key="order_id", event_time="at")
def orders(raw: pl.LazyFrame) -> pl.LazyFrame:
    return raw.with_columns(at=pl.datetime(2025, 1, 1, time_zone="UTC") + pl.duration(minutes="minute"))


@tm.source(files="data/customers.csv", key="customer", event_time="at")
def customers(raw: pl.LazyFrame) -> pl.LazyFrame:
    return raw.with_columns(at=pl.datetime(2024, 1, 1, time_zone="UTC"), customer=pl.col("customer").cast(pl.String))


@tm.feature_view(entity=customer, source=customers, ttl="9999d")
def about(customers: pl.LazyFrame) -> pl.LazyFrame:
    return customers.select("customer", "age", event_at="at")


@tm.step
def count(rows: tm.TrainingSet, least: int) -> dict:
    return {"n": len(rows), "unknown": rows.frame["age"].null_count(), "least": least}


@tm.step
def note(result: dict) -> object:
    return object()


@tm.pipeline
def counting(least: int = 1):
    counted = count(tm.training_set(orders, columns=["price"], features=[about], label="late"), least)
    note(counted)
    return counted
"""


def write_shop(folder: Path, n_customers: int, module: str = SHOP) -> Path:
    (folder / "data").mkdir(parents=True)
    (folder / "tidemill.toml").write_text('module = "shop.py"\nrecords = "postgresql://nobody@127.0.0.1:1/none"\n')
    (folder / "shop.py").write_text(module)
    n_rows = n_customers * 10
    frame = pl.DataFrame({"order_id": range(n_rows), "minute": range(n_rows)}).with_columns(
        price=pl.lit(1.5), late=pl.col("order_id") % 3 == 0, customer=(pl.col("order_id") * 7 % n_customers)
    )
    half = n_rows // 2
    frame.with_columns(pl.col("customer").cast(pl.String)).head(half).write_csv(folder / "data" / "orders-1.csv")
    frame.with_columns(pl.col("customer").cast(pl.String)).tail(half).write_csv(folder / "data" / "orders-2.csv")
    people = pl.DataFrame({"customer": range(n_customers)}).with_columns(age=pl.lit(30.0))
    people.write_csv(folder / "data" / "customers.csv")
    return folder


def cast_customer(module: str) -> str:
    return module.replace(
        'pl.duration(minutes="minute"))', 'pl.duration(minutes="minute"), customer=pl.col("customer").cast(pl.String))'
    )


def test_whole_entities_are_chosen_so_that_each_row_finds_its_partner(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "shop", 400, cast_customer(SHOP))
    with testing.project(folder, sample=0.1) as p:
        orders, customers = p.rows("orders"), p.rows("customers")
        assert 0 < orders.height < 1000
        assert set(orders["customer"]) == set(customers["customer"])
        assert orders.group_by("customer").len()["len"].unique().to_list() == [10]
        assert orders["at"].is_sorted()
        run = p.run("counting", {"least": 2})
        assert p.output(run, "count") == {"n": orders.height, "unknown": 0, "least": 2}
        assert "by customer" in p.thinning()["orders"].words()
        first = orders
    with testing.project(folder, sample=0.1) as again:
        assert again.rows("orders").equals(first)


def test_few_entities_are_all_there_and_rows_are_chosen_one_by_one(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "shop", 30, cast_customer(SHOP))
    with testing.project(folder, rows=100) as p:
        assert p.rows("customers").height == 30
        assert 60 < p.rows("orders").height < 140
        assert p.output(p.run(), "count")["unknown"] == 0


def test_the_store_and_the_folder_of_the_user_are_left_alone(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "shop", 30, cast_customer(SHOP))
    before = sorted((path, path.stat().st_mtime_ns) for path in folder.rglob("*"))
    modules, finders = dict(sys.modules), list(sys.meta_path)
    with testing.project(folder) as p:
        home = p.workspace.home
        assert sys.modules[__name__] is modules[__name__]
        assert p.step("count").function.__module__ == "shop"
        p.run()
    assert not home.exists()
    assert sorted((path, path.stat().st_mtime_ns) for path in folder.rglob("*")) == before
    assert "shop" not in sys.modules
    assert sys.meta_path == finders


def test_what_is_asked_wrongly_is_said_in_one_line(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "shop", 30, cast_customer(SHOP))
    for asked in ({"sample": 1.5}, {"sample": 0.0}, {"rows": 0}, {"rows": 10, "sample": 0.5}):
        with pytest.raises(UsageError, match="sample"), testing.project(folder, **asked):
            pass
    with pytest.raises(UsageError, match="ask for a larger one"), testing.project(folder, sample=1e-9) as p:
        p.run()
    with testing.project(folder) as p:
        run = p.run()
        with pytest.raises(TidemillError, match=r"no step 'cuont'\. Did you mean 'count'"):
            p.output(run, "cuont")
        with pytest.raises(TidemillError, match="returned what no codec keeps"):
            p.output(run, "note")
        with pytest.raises(TidemillError, match="outputs result; name one of them, not 'rows'"):
            p.output(run, "count", "rows")
        with pytest.raises(TidemillError, match="no source 'order'"):
            p.rows("order")
        with pytest.raises(TidemillError, match="no step 'trian'"):
            p.step("trian")


@pytest.mark.parametrize("arguments", [("-k", "not again"), pytest.param(("-n", "2"), marks=pytest.mark.long)])
def test_the_fixture_opens_the_project_beside_other_processes_too(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    write_project(tmp_path, n_rows=400)
    (tmp_path / "pytest.ini").write_text("[pytest]\ntidemill_sample = 0.5\naddopts = -p no:cacheprovider\n")
    (tmp_path / "test_parcels.py").write_text(
        "import sys\n\nLIGHT = not {'polars', 'sqlalchemy', 'numpy'} & set(sys.modules)\n\nimport parcels\n\n\n"
        "def test_nothing_heavy_is_imported_when_pytest_starts():\n    assert LIGHT\n\n\n"
        "def test_rows(tidemill_project):\n"
        "    assert 100 < tidemill_project.rows('parcels').height < 300\n"
        "    assert sys.modules['parcels'] is not parcels\n\n\n"
        "def test_rows_again(tidemill_project):\n"
        "    assert sys.modules[__name__].parcels is parcels\n"
        "    assert 'sent_at' in tidemill_project.rows('parcels').columns\n"
    )
    done = _pytest(tmp_path, *arguments)
    assert f"{3 if '-n' in arguments else 2} passed" in done, done


def _pytest(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "--rootdir", str(folder), *arguments, str(folder)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=dict(os.environ), check=False)
    return done.stdout + done.stderr
