"""Will a flight arrive more than 15 minutes late? Asked at its scheduled departure, from what is known by then."""

import polars as pl

import tidemill as tm
from sources import flights, weather


def mean_delay(flights: pl.LazyFrame, key: str) -> pl.LazyFrame:
    """The mean delay of a day's arrivals, known from the midnight after it in New York."""
    landed_at = pl.col("landed_at").dt.convert_time_zone("America/New_York")
    midnight = landed_at.dt.truncate("1d").dt.offset_by("1d")
    minutes = pl.col("arr_delay").clip(-30, 120).mean()
    return flights.drop_nulls("arr_delay").group_by(key, event_at=midnight).agg(minutes.alias(f"{key}_delay"))


@tm.feature_view(entity=tm.entity("carrier", key="carrier"), source=flights, ttl="7d")
def carrier_delay(flights: pl.LazyFrame) -> pl.LazyFrame:
    return mean_delay(flights, "carrier")


@tm.feature_view(entity=tm.entity("airport", key="origin"), source=flights, ttl="7d")
def airport_delay(flights: pl.LazyFrame) -> pl.LazyFrame:
    return mean_delay(flights, "origin")


@tm.feature_view(entity=tm.entity("destination", key="dest"), source=flights, ttl="7d")
def destination_delay(flights: pl.LazyFrame) -> pl.LazyFrame:
    return mean_delay(flights, "dest")


@tm.feature_view(entity=tm.entity("airport_hour", key=["origin", "hour_at"]), source=weather, ttl="2d")
def forecast(weather: pl.LazyFrame) -> pl.LazyFrame:
    """The weather of an hour, as if it had been foretold a day ahead."""
    known_at = pl.col("hour_at") - pl.duration(days=1)
    return weather.select("origin", "hour_at", "temp", "humid", "wind_speed", "precip", "visib", event_at=known_at)


@tm.step
def train(rows: tm.TrainingSet, params: dict):
    from lightgbm import LGBMClassifier  # takes a second: only training waits for it

    known = rows.labelled()
    shape = {"n_estimators": 60, "min_child_samples": 200, "colsample_bytree": 0.5}
    same_again = {"random_state": 2013, "deterministic": True, "force_row_wise": True, "n_jobs": 2, "verbose": -1}
    return LGBMClassifier(**shape, **same_again, **params).fit(known.pandas(), known.y)


@tm.pipeline
def delays(n_trials: int = 3):
    asked = ["carrier", "origin", "distance", "hour", "weekday"]
    looked_up = [carrier_delay, airport_delay, destination_delay, forecast]
    rows = tm.training_set(flights, columns=asked, features=looked_up, label="late")
    fit, holdout = tm.split_by_time(rows, holdout="14d")
    space = {"learning_rate": tm.real(0.03, 0.3, log=True), "num_leaves": tm.integer(7, 31)}
    usual = {"learning_rate": 0.15, "num_leaves": 15}
    params, _ = tm.tune(train, fit, space, n_trials=n_trials, params=usual, max_rows=20_000)
    model = train(fit, params)
    report = tm.evaluate(model, holdout, slices=["carrier", "origin"])
    return tm.candidate(model, report, fit, holdout)


delay = tm.endpoint(
    "delay",
    description="arrives more than 15 minutes late",
    pipeline=delays,
    gate=[tm.at_least("auc", 0.6), tm.no_worse_than("champion", "auc", rows="latest_labelled")],
    monitors=[tm.drift(), tm.performance("auc", label_delay="2d")],
    retrain=[tm.every("35d"), tm.on_drift(), tm.on_drop(0.03)],
    cool_down="35d",
)
