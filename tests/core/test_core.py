"""Ids, times, names, digests, settings: what every room stands on."""

from __future__ import annotations

import os
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.core import (
    Settings,
    StoredClock,
    SystemClock,
    UnavailableError,
    UsageError,
    canonical_json,
    check_name,
    clock_of,
    digest_json,
    format_duration,
    from_iso,
    id_time,
    is_id,
    iso,
    load_settings,
    nearest_utc,
    new_id,
    new_ids,
    not_found,
    parse_duration,
    write_atomically,
)

instants = st.integers(315532800_000000, 7258118400_000000).map(
    lambda n: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=n)
)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def test_ids_increase_strictly_and_tell_their_time() -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=2)
    ids = [new_id() for _ in range(2000)] + new_ids(2000)
    assert ids == sorted(set(ids))
    assert all(is_id(each) and each[12] == "7" and each[16] in "89ab" for each in ids)
    assert before <= id_time(ids[0]) <= datetime.now(UTC)


@given(instants)
def test_an_id_made_for_an_instant_tells_it_to_the_millisecond(instant: datetime) -> None:
    assert abs(id_time(new_id(instant)) - instant) < timedelta(milliseconds=1)


@given(instants, instants)
def test_written_instants_sort_as_time_does_and_read_back(one: datetime, other: datetime) -> None:
    assert from_iso(iso(one)) == one
    assert (iso(one) < iso(other)) == (one < other)


BEYOND = ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-12:00"]


@pytest.mark.parametrize("text", BEYOND)
def test_an_instant_beyond_the_calendar_in_utc_is_refused_in_one_line(text: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        from_iso(text)
    assert str(caught.value).startswith(f"'{text}' is not of the years 1 to 9999 in UTC; ")
    clock = StoredClock(tmp_path / "clock")
    clock.path.write_text(text, "ascii")
    with pytest.raises(UnavailableError, match=r"holds no instant; .*, of the years 1 to 9999 in UTC"):
        clock.now()


def test_the_calendars_ends_are_read_and_written() -> None:
    first, last = (at.replace(tzinfo=UTC) for at in (datetime.min, datetime.max))  # noqa: DTZ901
    assert [nearest_utc(datetime.fromisoformat(text)) for text in BEYOND] == [first, last]
    assert (iso(first), iso(last)) == ("0001-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z")
    assert [from_iso(iso(at)) for at in (first, last)] == [first, last]
    assert from_iso("1-01-01T00:00:00.000000Z") == first, "as it was written once"


@pytest.mark.parametrize("value", [28, None, 7.0, ["7d"], timedelta(days=7)])
def test_what_is_no_text_is_no_duration(value: object) -> None:
    with pytest.raises(UsageError) as caught:
        parse_duration(value, "a period")  # type: ignore[arg-type]  # a user's mistake
    assert str(caught.value).startswith(f"a period: {value!r} is not a duration; write it as text")
    assert "'28d'" in str(caught.value)


@given(st.integers(0, 10**8))
def test_durations_read_back(seconds: int) -> None:
    duration = timedelta(seconds=seconds)
    assert parse_duration(format_duration(duration)) == duration


@pytest.mark.parametrize("text", ["", "14", "d", "1w", "-1d", "1d 2h", "1.5d", "9" * 30 + "d"])
def test_a_text_that_is_no_duration_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_duration(text)
    assert "\n" not in str(caught.value)
    assert text[:5] in str(caught.value)


@given(json_values)
def test_the_digest_of_json_does_not_depend_on_the_order_of_keys(value: object) -> None:
    backwards = dict(reversed(list(value.items()))) if isinstance(value, dict) else value
    assert digest_json(value) == digest_json(backwards)
    assert canonical_json(value) == canonical_json(backwards)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "a\\b", "a\0b", "CON", "nul.txt", "a" * 101, "é", "-x", "a.", "a..b", " a"]
)
def test_names_that_cannot_be_files_everywhere_are_refused(name: str) -> None:
    with pytest.raises(UsageError):
        check_name("model", name)


def test_an_unknown_name_is_answered_with_the_near_one() -> None:
    assert "Did you mean 'delay'?" in str(not_found("model", "dealy", ["delay", "cancel"]))


def test_settings_come_from_the_file_then_the_environment_then_arguments(tmp_path: Path) -> None:
    (tmp_path / "tidemill.toml").write_text('port = 8500\nproject = "flights"\nallowed_hosts = ["mill.example"]\n')
    settings = load_settings(tmp_path, environ={"TIDEMILL_PROJECT": "trains"}, host="::1", port=None)
    assert settings == Settings(tmp_path / ".tidemill", "trains", "", "::1", 8500, 0, ("mill.example",))
    assert settings.data_plane_port() == 8501


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("port = 'x'", "a port is a number"),
        ("prot = 1", "Did you mean 'port'?"),
        ("port = 70000", "65535"),
        ("port = true", "a port is a number"),
        ("[", "is not TOML"),
        ("host = 3", "takes text"),
        ("allowed_hosts = [1]", "a list of names"),
    ],
)
def test_wrong_settings_are_refused_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "tidemill.toml").write_text(text)
    with pytest.raises(UsageError, match=r"tidemill\.toml") as caught:
        load_settings(tmp_path, environ={})
    assert said in str(caught.value)


def test_a_clock_in_a_file_is_moved_by_another_and_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "replay.clock"
    driver, reader = StoredClock(path), StoredClock(path)
    instants = [datetime(2013, 1, 1, tzinfo=UTC) + timedelta(days=day, microseconds=day) for day in range(300)]
    driver.set(instants[0])
    seen: list[datetime] = []

    def read() -> None:
        while not seen or seen[-1] != instants[-1]:
            seen.append(reader.now())

    thread = threading.Thread(target=read)
    thread.start()
    for instant in instants:
        driver.set(instant)
    thread.join()
    assert set(seen) <= set(instants)
    assert seen == sorted(seen)
    assert [file.name for file in tmp_path.iterdir()] == ["replay.clock"]


@pytest.mark.parametrize("text", ["2013-03-01T05:00:00Z\n", "2013-03-01T05:00:00", "2013-03-01T06:00:00+01:00"])
def test_a_clocks_file_may_be_written_by_hand(tmp_path: Path, text: str) -> None:
    (tmp_path / "c").write_text(text)
    assert StoredClock(tmp_path / "c").now() == datetime(2013, 3, 1, 5, tzinfo=UTC)


def test_a_clock_that_cannot_be_read_or_written_says_so_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"missing cannot be read \(No such file"):
        StoredClock(tmp_path / "missing").now()
    with pytest.raises(UnavailableError, match="cannot be written"):
        StoredClock(tmp_path / "no" / "folder").set(datetime(2013, 1, 1, tzinfo=UTC))
    for content in (b"", b"noon", b"\xff\xfe", b"x" * 5000):
        (tmp_path / "c").write_bytes(content)
        with pytest.raises(UnavailableError, match="holds no instant; write one such as 2013"):
            StoredClock(tmp_path / "c").now()


def test_the_settings_name_the_clock(tmp_path: Path) -> None:
    assert isinstance(clock_of(load_settings(tmp_path, environ={})), SystemClock)
    assert isinstance(clock_of(load_settings(tmp_path, environ={"TIDEMILL_CLOCK": ""})), SystemClock)
    (tmp_path / "tidemill.toml").write_text('clock = "replay.clock"')
    settings = load_settings(tmp_path, environ={})
    assert settings.clock == tmp_path / "replay.clock"
    with pytest.raises(UnavailableError, match=r"replay\.clock"):
        clock_of(settings)
    StoredClock(settings.clock).set(datetime(2013, 3, 1, tzinfo=UTC))
    assert clock_of(settings).now() == datetime(2013, 3, 1, tzinfo=UTC)
    elsewhere = load_settings(tmp_path, environ={"TIDEMILL_CLOCK": "/else/where"})
    assert elsewhere.clock == Path("/else/where")


def test_files_are_written_whole_and_for_their_owner_only(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        path = tmp_path / "a" / "b" / "file"
        write_atomically(path, b"one")
        write_atomically(path, b"two")
    finally:
        os.umask(old)
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [file.name for file in path.parent.iterdir()] == ["file"]
