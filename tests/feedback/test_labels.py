"""Labels: what counts, what is repeated, what waits, and that a batch is recorded as a whole or not at all."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.feedback.conftest import ANN, START, Store, open_store
from tests.feedback.log import parcels, writing
from tests.feedback.test_logged import EVER
from tidemill.access import Caller, Role
from tidemill.core import ForbiddenError, ManualClock, UsageError, new_id, new_ids
from tidemill.feedback import NewLabel, Recorded
from tidemill.feedback.classification import Given, Known, classify
from tidemill.storage.events import EventQuery, EventRecord, read_events

DAY = timedelta(days=1)


def logged(store: Store, n: int, start: datetime = START) -> list[str]:
    """Log predictions an hour apart and return their ids."""
    with writing(store.root) as log:
        ids = log.write(parcels(n, start, timedelta(hours=1)), at=start)
    store.logged.catch_up("default", "delay")
    return ids


def present(store: Store, as_of: datetime | None = None) -> dict[str, float | None]:
    """The label of each prediction."""
    frame = store.feedback.labelled("default", "delay", *EVER, as_of)
    return dict(frame.select("prediction_id", "label").iter_rows())


def events(store: Store) -> list[EventRecord]:
    """The events about labels, newest first."""
    query = EventQuery(kind_prefix="labels.")
    return store.database.read(lambda tx: read_events(tx, "default", query))


def reasons(store: Store) -> list[str]:
    """Why labels wait, newest first."""
    return [each.reason for each in store.feedback.quarantine(ANN)]


def test_labels_are_joined_with_their_predictions(store: Store) -> None:
    ids = logged(store, 4)
    found = store.feedback.record(
        ANN, [NewLabel(ids[0], True, START + DAY), NewLabel(ids[1], False), NewLabel(ids[3], 2.5)]
    )
    assert found == Recorded(n_accepted=3)
    frame = store.feedback.labelled("default", "delay", START, START + timedelta(hours=3))
    assert frame.columns[-2:] == ["label", "label_at"]
    assert frame["prediction_id"].to_list() == ids[:3]
    assert frame["label"].to_list() == [1.0, 0.0, None]
    assert frame["label_at"].to_list() == [START + DAY, store.clock.now(), None]
    assert [(each.kind, each.subject, each.data["n_accepted"]) for each in events(store)] == [
        ("labels.recorded", "delay", 3)
    ]


def test_the_same_label_again_changes_nothing(store: Store) -> None:
    ids = logged(store, 3)
    batch = [NewLabel(id_, True, START + DAY) for id_ in ids]
    store.feedback.record(ANN, batch)
    assert store.feedback.record(ANN, batch) == Recorded(n_repeated=3)
    assert store.feedback.record(ANN, [*batch, NewLabel(ids[0], 1.0)], correct=True) == Recorded(n_repeated=4)
    assert len(events(store)) == 1


def test_another_value_waits_unless_it_is_a_correction(store: Store) -> None:
    ids = logged(store, 2)
    store.feedback.record(ANN, [NewLabel(id_, True) for id_ in ids])
    for _ in range(2):
        found = store.feedback.record(ANN, [NewLabel(ids[0], False)])
        assert found.reasons == {"contradicts the label given before": 1}
        assert (found.refused[0].prediction_id, found.n_accepted) == (ids[0], 0)
    assert reasons(store) == ["contradicts the label given before"]
    assert present(store) == {ids[0]: 1.0, ids[1]: 1.0}
    before = store.clock.now()
    store.clock.advance(DAY)
    assert store.feedback.record(ANN, [NewLabel(ids[0], False)], correct=True).n_accepted == 1
    assert reasons(store) == []
    assert present(store) == {ids[0]: 0.0, ids[1]: 1.0}
    assert present(store, as_of=before) == {ids[0]: 1.0, ids[1]: 1.0}
    assert store.feedback.summary(ANN, "delay").n_corrected == 1


def test_a_label_before_its_prediction_waits_and_then_counts(store: Store) -> None:
    ids = new_ids(3)
    found = store.feedback.record(ANN, [NewLabel(id_, index) for index, id_ in enumerate(ids)])
    assert found.reasons == {"unknown prediction": 3}
    assert store.feedback.record(ANN, [NewLabel(ids[0], 0)]).n_quarantined == 1
    assert len(reasons(store)) == 3
    with writing(store.root) as log:
        log.write(parcels(2, START), at=START, ids=ids[:2])
        store.logged.catch_up("default", "delay")
    assert present(store) == {ids[0]: 0.0, ids[1]: 1.0}
    assert reasons(store) == ["unknown prediction"]
    assert events(store)[0].data == {"n_accepted": 2, "n_settled": 2}
    assert store.feedback.record(ANN, [NewLabel(ids[1], 1)]) == Recorded(n_repeated=1)


def test_a_label_right_after_its_answer_is_found_in_the_log(store: Store) -> None:
    with writing(store.root) as log:
        ids = log.write(parcels(2, START), at=START)
        assert store.feedback.record(ANN, [NewLabel(id_, True) for id_ in ids]) == Recorded(n_accepted=2)


def test_waiting_labels_that_contradict_each_other_do_not_both_count(store: Store) -> None:
    id_ = new_id()
    store.feedback.record(ANN, [NewLabel(id_, True), NewLabel(id_, False), NewLabel(id_, True)])
    with writing(store.root) as log:
        log.write(parcels(1, START), at=START, ids=[id_])
        store.logged.catch_up("default", "delay")
    assert present(store) == {id_: 1.0}
    assert reasons(store) == ["contradicts the label given before"]


def test_times_that_cannot_be_wait(store: Store) -> None:
    ids = logged(store, 3)
    now = store.clock.now()
    found = store.feedback.record(
        ANN,
        [
            NewLabel(ids[1], True, START),
            NewLabel(ids[0], True, now + DAY),
            NewLabel(ids[2], True, now + timedelta(minutes=4)),
        ],
    )
    assert found.reasons == {"before its prediction": 1, "in the future": 1}
    assert present(store) == {ids[0]: None, ids[1]: None, ids[2]: 1.0}
    assert store.feedback.record(ANN, [NewLabel(ids[1], True, START + DAY)]).n_accepted == 1
    assert reasons(store) == ["in the future"]


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ({"label": math.nan}, "label 1: the label of .* is 'nan'"),
        ({"label": math.inf}, "label 1: the label of .* is 'inf'"),
        ({"label": 10**400}, "label 1: the label of"),
        ({"label": "yes"}, "label 1: the label of .* is 'yes'; it is true, false or a finite number"),
        ({"label": None}, "label 1: the label of"),
        ({"prediction_id": "delay/1"}, "label 1: 'delay/1' is not a prediction id"),
        ({"prediction_id": None}, "label 1: 'None' is not a prediction id"),
        ({"event_at": "2013"}, "label 1: the event time of .* is '2013'"),
    ],
)
def test_what_is_no_label_is_named_and_nothing_of_its_batch_is_kept(
    store: Store, label: dict[str, Any], message: str
) -> None:
    ids = logged(store, 2)
    with pytest.raises(UsageError, match=message):
        store.feedback.record(
            ANN, [NewLabel(ids[0], True), NewLabel(**{"prediction_id": ids[1], "label": 1.0, **label})]
        )
    assert present(store) == {ids[0]: None, ids[1]: None}
    assert events(store) == []


def test_batches_have_an_end_and_callers_a_role(store: Store) -> None:
    with pytest.raises(UsageError, match="10,001 labels in one batch; at most 10,000"):
        store.feedback.record(ANN, [NewLabel(new_id(), True)] * 10_001)
    with pytest.raises(ForbiddenError, match="needs labeller"):
        store.feedback.record(Caller("eve", role=Role.VIEWER), [])
    assert store.feedback.record(ANN, []) == Recorded()


def test_projects_do_not_see_each_others_predictions(store: Store) -> None:
    (id_,) = logged(store, 1)
    stranger = Caller("mallory", "other", Role.ADMIN)
    assert store.feedback.record(stranger, [NewLabel(id_, True)]).reasons == {"unknown prediction": 1}
    assert present(store) == {id_: None}
    assert store.feedback.quarantine(ANN) == []


def test_the_summary_tells_coverage_by_week(store: Store) -> None:
    first, second = logged(store, 5), logged(store, 3, START + timedelta(days=15))
    store.feedback.record(ANN, [NewLabel(id_, True) for id_ in (*first[:4], second[0])])
    store.feedback.record(ANN, [NewLabel(first[0], False), NewLabel(new_id(), True)])
    found = store.feedback.summary(ANN, "delay")
    assert [(week.starts_at, week.n_predictions, week.n_labelled) for week in found.coverage] == [
        (START, 5, 4),
        (START + timedelta(days=14), 3, 1),
    ]
    assert (found.n_predictions, found.n_labelled, found.n_unknown) == (8, 5, 1)
    assert found.quarantined == {"contradicts the label given before": 1}


IDS = tuple(new_ids(4))
LABELS = st.builds(NewLabel, st.sampled_from(IDS), st.sampled_from([0.0, 1.0, True]))
SETTINGS = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(st.lists(LABELS, max_size=12), st.data())
def test_a_batch_and_its_parts_come_to_the_same(labels: list[NewLabel], data: st.DataObject) -> None:
    """However labels are cut into batches and repeated, the first value of a prediction stands."""
    known = {id_: Known("delay", "2013-03-04T00:00:00.000000Z") for id_ in IDS}
    state = dict(known)
    left = [Given(each.prediction_id, float(each.label), None) for each in labels]
    while left:
        size = data.draw(st.integers(1, len(left)))
        for _ in range(data.draw(st.integers(1, 2))):
            found = classify(left[:size], state, START + DAY, correct=False)
            assert len(found.accepted) + len(found.repeated) + len(found.refused) == size
            for label in found.accepted:
                assert label.number == state[label.prediction_id].number + 1 == 1
                state[label.prediction_id] = Known("delay", label.predicted_at, label.number, label.label)
        left = left[size:]
    first: dict[str, float] = {}
    for each in labels:
        first.setdefault(each.prediction_id, float(each.label))
    assert {id_: found.label for id_, found in state.items() if found.label is not None} == first


@SETTINGS
@given(labels=st.lists(LABELS, max_size=8), cut=st.integers(0, 8))
def test_labels_before_and_after_their_predictions_come_to_the_same(
    tmp_path_factory: pytest.TempPathFactory, labels: list[NewLabel], cut: int
) -> None:
    """It does not matter whether the log or the labels are read first."""
    store = open_store(tmp_path_factory.mktemp("store") / "home", ManualClock(START + timedelta(weeks=10)))
    store.feedback.record(ANN, labels[:cut])
    with writing(store.root) as log:
        log.write(parcels(len(IDS), START), at=START, ids=IDS)
        store.feedback.record(ANN, labels[cut:])
        store.logged.catch_up("default", "delay")
    first: dict[str, float | None] = dict.fromkeys(IDS)
    for each in labels:
        if first[each.prediction_id] is None:
            first[each.prediction_id] = float(each.label)
    assert present(store) == first
    store.database.close()
