"""Models that no pipeline made, registered and served by the real data plane; and gates that nobody goes round."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import tidemill
from tests.models.outside_files import booster_text, mlmodel, onnx_model, rows
from tests.serving_process import serving
from tests.small_project import ANN, release, write_project
from tidemill.app import open_workspace
from tidemill.client import Client
from tidemill.core import ConflictError, NotFoundError, UsageError, load_settings
from tidemill.model_logging import log_model
from tidemill.models import UnsupportedModelError
from tidemill.outside_models import mlmodel_facts, register_path, serve_version
from tidemill.registry import GateRefusedError, NewVersion
from tidemill.tracking import InputDataset, NewLoggedModel, NewRun
from tidemill.workspace import Workspace


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("outside")
    workspace = open_workspace(folder, load_settings(folder, environ={}))
    yield workspace
    workspace.database.close()


def test_a_file_a_folder_a_logged_model_and_an_estimator_are_served(rooms: Workspace, tmp_path: Path) -> None:
    from sklearn.linear_model import LogisticRegression

    (tmp_path / "sum.onnx").write_bytes(onnx_model())
    onnx = register_path(rooms, ANN, tmp_path / "sum.onnx", "sum")
    assert register_path(rooms, ANN, tmp_path / "sum.onnx", "sum") == onnx
    run = rooms.tracking.start_run(ANN, NewRun("outside", "a run"))
    files = {"MLmodel": mlmodel("lightgbm", data="model.lgb", model_class="lightgbm.basic.Booster")}
    files["model.lgb"] = booster_text()
    for name, data in files.items():
        rooms.artifacts.put(ANN, run.id, f"model/{name}", io.BytesIO(data))
    source = f"runs:/{run.id}/model"
    facts = mlmodel_facts(rooms, ANN, source)
    assert facts["flavors"] == ["lightgbm", "python_function"]
    rooms.registry.catalogue.create_model(ANN, "late flights")
    rooms.registry.catalogue.create_version(ANN, NewVersion("late flights", source=source, run_id=run.id, facts=facts))
    x, y = rows()
    names = ["hour", "wind speed", "distance"]
    example = [dict(zip(names, map(float, row), strict=True)) for row in x]
    model = LogisticRegression().fit(x, y)
    logged = log_model(model, name="logistic", example=example, run_id=run.id, tags={"team": "a"}, home=rooms.home)
    assert (logged.reference, logged.run_id, logged.tags) == ("logistic/1", run.id, {"team": "a"})
    serve_version(rooms, ANN, "sum@latest")
    serve_version(rooms, ANN, "logistic/1", "chances")
    with pytest.raises(UsageError, match="cannot name a endpoint"):
        serve_version(rooms, ANN, "late flights/1")
    served = serve_version(rooms, ANN, "late flights/1", "late-flights")
    assert (served.reference, served.endpoint) == ("late flights/1", "late-flights")
    with serving(rooms.home, "sum", "late-flights", "chances") as address, Client(address) as client:
        assert client.predict("sum", [{"input_0": 1, "input_1": 2, "input_2": 3.5}])[0].value == 6.5
        booster = client.predict("late-flights", example[:3])
        assert [each.model for each in booster] == ["late flights/1"] * 3
        assert client.predict("chances", example[:1])[0].value == pytest.approx(
            model.predict_proba(x[:1])[0, 1], abs=1e-5
        )
    lineage = rooms.evidence.lineage(ANN, "late flights/1")
    assert (lineage.verdict, lineage.run is not None) == (None, True)
    with pytest.raises(ConflictError, match="answers at endpoint 'late-flights'"):
        rooms.registry.catalogue.delete_version(ANN, "late flights/1")
    with pytest.raises(ConflictError, match="serves the model"):
        serve_version(rooms, ANN, "sum/1", "chances")


def test_what_cannot_be_served_says_so(rooms: Workspace) -> None:
    rooms.registry.catalogue.create_model(ANN, "kept")
    owner = rooms.tracking.models.create(ANN, NewLoggedModel(0)).id
    rooms.artifacts.put(ANN, owner, "MLmodel", io.BytesIO(mlmodel("sklearn", pickled_model="model.pkl")))
    sources = [f"models:/{owner}", "s3://bucket/model", "models:/m-none"]
    for source in sources:
        facts = mlmodel_facts(rooms, ANN, source)
        rooms.registry.catalogue.create_version(ANN, NewVersion("kept", source=source, facts=facts))
    assert "skops" in rooms.registry.get(ANN, "kept/1").facts["not_servable"]
    with pytest.raises(UnsupportedModelError, match=r"kept/1 cannot be served: .* pickle, which is never loaded"):
        serve_version(rooms, ANN, "kept/1")
    with pytest.raises(UsageError, match="is not kept here"):
        serve_version(rooms, ANN, "kept/2")
    with pytest.raises(UnsupportedModelError, match="holds no MLmodel file"):
        serve_version(rooms, ANN, "kept/3")


def test_a_logged_model_belongs_to_the_current_run_and_tells_what_that_read(rooms: Workspace, tmp_path: Path) -> None:
    from sklearn.linear_model import LogisticRegression
    from xgboost import XGBClassifier

    x, y = rows()
    model = LogisticRegression().fit(x, y)
    with tidemill.run("logged", home=rooms.home, capture=False, system_metrics=False, params={"c": 1}) as run:
        run.log_metric("auc", 0.75)
        run.flush()
        rooms.tracking.inputs.log(ANN, run.id, [InputDataset("train", "abc123", "local", "train.csv")])
        version = log_model(model, name="mine", example=x, home=rooms.home)
        assert log_model(model, name="elsewhere", example=x, home=tmp_path).run_id == "", "that store has no such run"
        with pytest.raises(
            UnsupportedModelError, match=r"XGBClassifier is a model of XGBoost, .* convert it by onnxml"
        ):
            log_model(XGBClassifier(n_estimators=1).fit(x, y), name="boosted", example=x, home=rooms.home)
    assert (version.run_id, version.source) == (run.id, f"runs:/{run.id}")
    facts = {kind: version.facts[kind] for kind in ("params", "metrics", "datasets")}
    assert facts == {"params": {"c": "1"}, "metrics": {"auc": 0.75}, "datasets": ["train@abc123"]}
    with pytest.raises(NotFoundError):
        log_model(model, name="mine", example=x, run_id="f" * 32, home=rooms.home)


def test_no_door_leads_round_a_gate(tmp_path: Path) -> None:
    write_project(tmp_path)
    workspace, released = release(tmp_path)
    first = released.releases[0].version
    assert first is not None
    assert first.facts == {"datasets": ["parcels@1"], "features": ["depot_load on parcels@1"]}
    version = workspace.registry.catalogue.create_version(ANN, NewVersion("late", source="s3://bucket/other"))
    stages = workspace.registry.environments
    ways: list[Callable[[], object]] = [
        lambda: workspace.registry.promote(ANN, version.reference),
        lambda: workspace.deployments.deploy(ANN, "late", version.reference),
        lambda: workspace.deployments.serve(ANN, "late", version.reference),
        lambda: stages.place(ANN, version.reference, "production"),
        lambda: stages.move_to_stage(ANN, version.reference, "Production", archive_others=False),
    ]
    for way in ways:
        with pytest.raises(GateRefusedError, match="the gate of endpoint 'late'"):
            way()
    assert workspace.registry.get(ANN, "late@champion").version == 1
    assert workspace.registry.environments.place(ANN, version.reference, "staging").environments == ("staging",)
    assert workspace.registry.promote(ANN, version.reference, "challenger").version == version.version
    assert workspace.registry.environments.place(ANN, "late/1", "production").environments == ("production",)
    with pytest.raises(ConflictError, match="is challenger"):
        workspace.registry.catalogue.delete_version(ANN, version.reference)
    with pytest.raises(ConflictError, match="aliases of 'late' point"):
        workspace.registry.catalogue.delete_model(ANN, "late")
    with pytest.raises(ConflictError, match="answers at endpoint"):
        workspace.registry.catalogue.rename_model(ANN, "late", "early")
    assert workspace.registry.environments.remove_alias(ANN, "late", "challenger")
    workspace.registry.catalogue.delete_version(ANN, version.reference)
