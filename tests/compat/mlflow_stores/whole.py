"""All that a store holds of what is moved, to be compared with another."""

from __future__ import annotations

from tidemill.access import local_caller
from tidemill.workspace import Workspace

ME = local_caller()


def all_of(ours: Workspace) -> object:
    """Return all that is kept, but for ids and instants that are of this store alone."""
    found = []
    for each in ours.tracking.departures.experiments(ME):
        for ids in ours.tracking.departures.run_ids(ME, each.id):
            points = {
                id_: {key: sorted(map(repr, its)) for key, its in histories.items()}
                for id_, histories in ours.tracking.departures.histories(ME, ids)
            }
            facts = [{**vars(run), "experiment_id": each.number} for run in ours.tracking.departures.runs(ME, ids)]
            found.append((each.name, each.number, each.tags, facts, points, ours.tracking.departures.files(ME, ids)))
        models = [
            {**vars(model), "experiment_id": each.number} for model in ours.tracking.departures.models(ME, each.id)
        ]
        found.append((models, ours.tracking.departures.files(ME, [model["id"] for model in models])))  # type: ignore[arg-type]
    registered = [
        (vars(model), ours.registry.catalogue.arrivals.versions(ME, model.name))
        for model in ours.registry.catalogue.arrivals.models(ME)
    ]
    return found, registered
