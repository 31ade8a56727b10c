"""What only a server can do: be away, be started again, refuse, keep a password."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest
import redis

from tests.valkey_server import Valkey, running_valkey
from tidemill.core import UnavailableError, UsageError
from tidemill.storage import open_keyvalue
from tidemill.storage.redis_keyvalue import RedisPlace


def test_it_goes_on_with_a_server_that_was_killed_and_started_again() -> None:
    with running_valkey() as valkey:
        store = open_keyvalue(valkey.url())
        store.put_many("a", [("k", b"1")])
        port = valkey.kill()
        for ask in (lambda: store.get_many("a", ["k"]), lambda: store.replace("a", [("k", b"2")])):
            with pytest.raises(
                UnavailableError, match=rf"at redis://127.0.0.1:{port}/0 do not answer; is that server up"
            ):
                ask()
        valkey.start_again(port)
        assert store.get_many("a", ["k"]) == [b"1"]
        port = valkey.kill()
        valkey.start_again(port)  # nobody noticed: the pooled connection is dead, and made anew
        assert store.put_many("a", [("k", b"3")]) == 1
        assert store.get_many("a", ["k"]) == [b"3"]
        store.close()


def test_a_server_that_hangs_is_given_up_in_time(valkey: Valkey) -> None:
    store = open_keyvalue(valkey.url(), timeout_s=0.2)
    assert store.count("a") == 0
    with valkey.frozen():
        for asked in (store, open_keyvalue(valkey.url(), timeout_s=0.2)):
            began = time.monotonic()
            with pytest.raises(UnavailableError, match=r"did not answer within 0\.2 s"):
                asked.count("a")
            assert time.monotonic() - began < 10
    assert store.put_many("a", [("k", b"1")]) == 1
    store.close()


def test_a_wrong_password_is_said_without_the_password() -> None:
    with running_valkey() as valkey:
        url = valkey.url()
        with redis.Redis(port=valkey.server.port) as client:
            client.config_set("requirepass", "open sesame/1")
        right = open_keyvalue(url.replace("//", "//:open%20sesame%2F1@"))
        assert right.count("a") == 0
        right.close()
        for given in (url, url.replace("//", "//:wrong-secret@"), url.replace("//", "//eve:wrong-secret@")):
            with pytest.raises(UnavailableError, match="want another user or password") as refused:
                open_keyvalue(given).count("a")
            assert "secret" not in str(refused.value)


def test_a_full_server_refuses_in_one_line_and_is_read_on() -> None:
    with running_valkey(maxmemory="8mb", **{"maxmemory-policy": "noeviction"}) as valkey:
        store = open_keyvalue(valkey.url())
        store.put_many("a", [("k", b"1")])
        with pytest.raises(UnavailableError, match=r"were refused \(.*maxmemory"):
            store.replace("a", [(f"k{index}", b"x" * 1000) for index in range(20_000)])
        assert (store.get_many("a", ["k"]), store.count("a")) == ([b"1"], 1)
        store.close()


def test_stores_with_different_prefixes_share_a_database(valkey: Valkey) -> None:
    url = valkey.url()
    one, other = open_keyvalue(url), open_keyvalue(url + "?prefix=other")
    one.put_many("a", [("k", b"1")])
    other.put_many("a", [("k", b"2")])
    other.put_many("b", [("k", b"2")])
    assert (one.get_many("a", ["k"]), one.spaces()) == ([b"1"], ["a"])
    other.clear("a")
    assert (one.count("a"), other.spaces()) == (1, ["b"])
    one.close()
    other.close()


def test_a_unix_socket_will_do(tmp_path: Path) -> None:
    with running_valkey(unixsocket=str(tmp_path / "v.sock")):
        store = open_keyvalue(f"unix://{tmp_path}/v.sock?db=3")
        assert store.put_many("a", [("k", b"1")]) == 1
        assert store.get_many("a", ["k"]) == [b"1"]
        store.close()


def test_urls_are_read_and_shown_without_password() -> None:
    place = RedisPlace.parse("rediss://ann:p%40ss@[::1]:7000/4?prefix=shop")
    assert (place.shown, place.prefix) == ("rediss://[::1]:7000/4", "shop")
    assert place.connection["password"] == "p@ss"
    assert "p@ss" not in repr(place)
    assert RedisPlace.parse("redis://cache").shown == "redis://cache:6379/0"


@pytest.mark.parametrize(
    "url",
    [
        "redis://", "redis://:secret@", "redis://u:secret/x@host:1", "redis://host:99999999/secret", "redis://h/secret",
        "redis://h/-1", "redis://h/0?password=secret", "redis://h/0#secret", "unix://", "redis://[secret", "redis://h/0?secret",
    ],
)  # fmt: skip
def test_a_wrong_url_is_refused_without_its_words(url: str) -> None:
    with pytest.raises(UsageError, match=r"cannot be read; write redis://") as refused:
        open_keyvalue(url)
    assert "secret" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_another_kind_of_url_is_refused() -> None:
    with pytest.raises(UsageError, match=r"cannot be kept in 'memcached://'; allowed are redis://"):
        open_keyvalue("memcached://user:secret@host")


def test_a_missing_client_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(UnavailableError, match=r"pip install 'tidemill\[redis\]'"):
        open_keyvalue("redis://host")
