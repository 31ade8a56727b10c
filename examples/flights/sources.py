"""The raw tables of 2013, cleaned: each departure with its outcome, and the weather of each hour."""

import polars as pl

import tidemill as tm

sound = [tm.not_null("carrier"), tm.one_of("origin", ["EWR", "JFK", "LGA"]), tm.between("distance", 1, 6000)]


@tm.source(files="data/flights/*.parquet", key="flight_id", event_time="scheduled_at", checks=sound)
def flights(raw: pl.LazyFrame) -> pl.LazyFrame:
    hour_at = pl.col("time_hour").str.to_datetime(time_zone="UTC")
    scheduled_at = hour_at + pl.duration(minutes="minute")
    under_way = pl.duration(minutes=pl.col("dep_delay") + pl.col("air_time") + 30)  # half an hour of taxiing
    return raw.with_columns(
        flight_id=pl.concat_str("month", "day", "carrier", "flight", "origin", "sched_dep_time", separator="-"),
        hour_at=hour_at,
        scheduled_at=scheduled_at,
        landed_at=scheduled_at + under_way,
        weekday=pl.date("year", "month", "day").dt.weekday(),
        late=pl.col("arr_delay") > 15,  # null when it never arrived
    )


@tm.source(files="data/weather/*.parquet", key="weather_id", event_time="hour_at")
def weather(raw: pl.LazyFrame) -> pl.LazyFrame:
    hour_at = pl.col("time_hour").str.to_datetime(time_zone="UTC")
    return raw.with_columns(weather_id=pl.concat_str("origin", "time_hour", separator="-"), hour_at=hour_at)
