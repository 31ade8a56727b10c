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
def train(rows: tm.TrainingSet, learning_rate: float, n_trees: int):
    from lightgbm import LGBMClassifier  # takes a second: only training waits for it

    known = rows.labelled()
    shape = {"num_leaves": 15, "min_child_samples": 200, "colsample_bytree": 0.5}
    same_again = {"random_state": 2013, "deterministic": True, "force_row_wise": True, "n_jobs": 1, "verbose": -1}
    model = LGBMClassifier(n_estimators=n_trees, learning_rate=learning_rate, **shape, **same_again)
    return model.fit(known.pandas(), known.y)


@tm.pipeline
def delays(learning_rate: float = 0.05, n_trees: int = 200):
    asked = ["carrier", "origin", "distance", "hour", "weekday"]
    looked_up = [carrier_delay, airport_delay, destination_delay, forecast]
    rows = tm.training_set(flights, columns=asked, features=looked_up, label="late")
    fit, holdout = tm.split_by_time(rows, holdout="14d")
    model = train(fit, learning_rate, n_trees)
    report = tm.evaluate(model, holdout, slices=["carrier", "origin"])
    return tm.candidate(model, report, fit, holdout)


good_enough = [tm.at_least("auc", 0.65), tm.at_most("log_loss", 0.55), tm.no_worse_than("champion")]
delay = tm.endpoint("delay", pipeline=delays, gate=good_enough, description="arrives more than 15 minutes late")
