"""What every key-value store must do: types, odd keys, large batches, and readers beside writers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tidemill.core import UsageError
from tidemill.storage import KeyValueStore

SPACE = "default/carrier_delay/0123456789ab"
N_LARGE = 100_000
ODD_KEYS = (
    "", " ", "a", "A", "a ", "\x00", "a\x00", "a\x00b", "\x1f", "a\x1fb", "\n", "\r\n", "\t", "ä", "a\u0308", "é",
    "日本語", "🛫", "\u202eabc", "\u200b", "\ufeff", "\uffff", "*", "?", "[a]", "{a}", "a:b", "a/b", "..", "'", '"',
    "%", "_", "\\", "\\u", "-1", "1", "01", "1.0", "null", "x" * 100_000,
)  # fmt: skip
VALUES = (b"", b"\x00", b"1", bytes(range(256)), b"\xff" * 100_000, "ü".encode(), b"\r\n$3\r\n")


class KeyValueConformance:
    """Tests of one store alone. Derive from it, and give it a fixture `store`: empty, and closed after the test."""

    def test_values_come_back_byte_for_byte_in_the_order_of_the_keys(self, store: KeyValueStore) -> None:
        """Bytes are not interpreted, and missing keys are None."""
        keys = [f"k{index}" for index in range(len(VALUES))]
        assert store.put_many(SPACE, zip(keys, VALUES, strict=True)) == len(VALUES)
        found = store.get_many(SPACE, [*reversed(keys), "missing", keys[0], keys[0]])
        assert found == [*reversed(VALUES), None, VALUES[0], VALUES[0]]
        assert all(type(value) is bytes for value in found if value is not None)

    def test_an_empty_store_has_nothing_and_nothing_may_be_stored(self, store: KeyValueStore) -> None:
        """A space exists as long as it holds something."""
        assert store.get_many(SPACE, []) == []
        assert store.get_many(SPACE, ["a", "b"]) == [None, None]
        assert (store.put_many(SPACE, []), store.count(SPACE), store.spaces()) == (0, 0, [])
        assert (store.replace(SPACE, []), store.remove_many(SPACE, ["a"]), store.remove_many(SPACE, [])) == (0, 0, 0)
        store.clear(SPACE)
        assert store.spaces() == []

    def test_newer_values_replace_older_and_the_last_of_equal_keys_stays(self, store: KeyValueStore) -> None:
        """In one batch and between batches, and in replacements as well."""
        store.put_many(SPACE, [("a", b"1"), ("b", b"1"), ("a", b"2")])
        assert store.get_many(SPACE, ["a", "b"]) == [b"2", b"1"]
        store.put_many(SPACE, [("b", b"3")])
        assert store.get_many(SPACE, ["a", "b"]) == [b"2", b"3"]
        assert store.replace(SPACE, [("c", b"1"), ("c", b"2")]) == 1
        assert (store.get_many(SPACE, ["a", "b", "c"]), store.count(SPACE)) == ([None, None, b"2"], 1)

    def test_odd_keys_are_all_different(self, store: KeyValueStore) -> None:
        """By code points: case, NUL, separators, composition and length count."""
        assert store.put_many(SPACE, [(key, str(index).encode()) for index, key in enumerate(ODD_KEYS)]) == len(
            ODD_KEYS
        )
        assert store.count(SPACE) == len(ODD_KEYS) == len(set(ODD_KEYS))
        assert store.get_many(SPACE, ODD_KEYS) == [str(index).encode() for index in range(len(ODD_KEYS))]
        assert [store.get_many(SPACE, [key])[0] for key in ODD_KEYS[:5]] == [b"0", b"1", b"2", b"3", b"4"]
        assert store.remove_many(SPACE, [*ODD_KEYS, "missing", ""]) == len(ODD_KEYS)
        assert store.count(SPACE) == 0

    def test_a_key_that_is_no_text_is_refused_in_one_line(self, store: KeyValueStore) -> None:
        """A lone surrogate cannot be stored, nor asked for; nothing of its batch is lost by it afterwards."""
        for ask in (
            lambda: store.put_many(SPACE, [("\ud800", b"1")]),
            lambda: store.get_many(SPACE, ["\ud800"]),
            lambda: store.get_many(SPACE, ["a", "\ud800"]),
            lambda: store.remove_many(SPACE, ["\ud800"]),
        ):
            with pytest.raises(UsageError, match="no Unicode text"):
                ask()
        store.put_many(SPACE, [("a", b"1")])
        assert store.get_many(SPACE, ["a"]) == [b"1"]

    def test_spaces_are_apart_and_listed(self, store: KeyValueStore) -> None:
        """Whatever their names hold, as long as they hold something."""
        names = ["a", "a/b", "a/b/c", "a*", "a[b]", "a\\", "b", "ä/日", "part:x", "space:a"]
        for name in names:
            store.put_many(name, [("k", name.encode())])
        assert [store.get_many(name, ["k"])[0] for name in names] == [name.encode() for name in names]
        assert store.spaces() == sorted(names)
        assert store.spaces("a/") == ["a/b", "a/b/c"]
        assert (store.spaces("a*"), store.spaces("a["), store.spaces("a\\")) == (["a*"], ["a[b]"], ["a\\"])
        store.clear("a")
        assert store.remove_many("b", ["k"]) == 1
        assert store.spaces() == sorted(set(names) - {"a", "b"})
        assert (store.count("a"), store.count("a/b")) == (0, 1)

    def test_the_keys_of_a_space_are_listed(self, store: KeyValueStore) -> None:
        """Every key of the space and of no other, odd ones and many."""
        assert list(store.keys("keys")) == []
        names = {"", "a\x1fb", "é", *(f"k{number}" for number in range(12_000))}
        store.put_many("keys", [(name, b"1") for name in names])
        store.put_many("keys2", [("other", b"1")])
        assert set(store.keys("keys")) == names

    def test_large_batches_are_stored_read_replaced_and_removed(self, store: KeyValueStore) -> None:
        """A hundred thousand keys by every method, from iterators."""
        keys = [f"key {index}" for index in range(N_LARGE)]
        assert store.put_many(SPACE, ((key, key.encode()) for key in keys)) == N_LARGE
        assert store.count(SPACE) == N_LARGE
        assert store.get_many(SPACE, keys) == [key.encode() for key in keys]
        assert store.replace(SPACE, ((key, b"new") for key in keys[1:])) == N_LARGE - 1
        assert store.get_many(SPACE, keys[:2]) == [None, b"new"]
        assert store.remove_many(SPACE, keys[:50_000]) == 49_999
        assert store.count(SPACE) == 50_000
        store.clear(SPACE)
        assert (store.count(SPACE), store.spaces()) == (0, [])

    def test_a_replacement_that_breaks_off_changes_nothing(self, store: KeyValueStore) -> None:
        """However much had been handed over by then."""
        store.put_many(SPACE, [("a", b"1")])

        def broken() -> Iterator[tuple[str, bytes]]:
            for index in range(5000):
                yield f"k{index}", b"x"
            raise KeyError

        with pytest.raises(KeyError):
            store.replace(SPACE, broken())
        assert (store.get_many(SPACE, ["a", "k0"]), store.count(SPACE)) == ([b"1", None], 1)
        assert store.spaces() == [SPACE]

    def test_it_can_be_used_again_after_it_was_closed(self, store: KeyValueStore) -> None:
        """What was stored is still there."""
        store.put_many(SPACE, [("a", b"1")])
        store.close()
        store.close()
        assert store.get_many(SPACE, ["a"]) == [b"1"]


class KeyValueRaces:
    """Tests with writers and readers at once. Derive from it, and give it the fixture `store` too."""

    def test_readers_beside_writers_see_whole_values_only(self, store: KeyValueStore) -> None:
        """Eight threads: each value read was once stored under its key, and each thread's last is there at the end."""
        keys = [f"k{index}" for index in range(200)]
        store.put_many(SPACE, [(key, _value(key, 0)) for key in keys])

        def write(writer: int) -> None:
            for turn in range(1, 26):
                store.put_many(SPACE, [(key, _value(key, turn)) for key in keys])
                store.put_many(SPACE, [(f"own {writer}", _value("own", turn))])

        def read() -> None:
            for key, value in zip(keys, store.get_many(SPACE, keys), strict=True):
                assert value is not None
                assert value == _value(key, int(value.rpartition(b" ")[2]))

        _beside([lambda writer=writer: write(writer) for writer in range(4)], read)  # type: ignore[misc]
        assert store.get_many(SPACE, [f"own {writer}" for writer in range(4)]) == [_value("own", 25)] * 4
        assert store.get_many(SPACE, keys) == [_value(key, 25) for key in keys]

    def test_readers_see_a_replaced_space_before_or_after(self, store: KeyValueStore) -> None:
        """Never half: 3,000 keys read at once are all of one turn, none is missing, the count never moves."""
        keys = [f"k{index}" for index in range(3000)]
        store.replace(SPACE, [(key, b"0") for key in keys])

        def write() -> None:
            for turn in range(1, 16):
                store.replace(SPACE, [(key, str(turn).encode()) for key in keys])

        def read() -> None:
            assert len(set(store.get_many(SPACE, keys))) == 1
            assert store.count(SPACE) == len(keys)

        _beside([write], read)
        assert store.get_many(SPACE, keys[:1]) == [b"15"]
        assert store.spaces() == [SPACE]

    def test_the_last_of_several_replacements_at_once_is_whole(self, store: KeyValueStore) -> None:
        """Four threads replace one space; what is left is of one of them."""

        def write(writer: int) -> None:
            for _ in range(5):
                store.replace(SPACE, [(f"{writer} {index}", b"x") for index in range(1000 + writer)])

        _beside([lambda writer=writer: write(writer) for writer in range(4)], lambda: None)  # type: ignore[misc]
        count = store.count(SPACE)
        assert all(store.get_many(SPACE, [f"{count - 1000} {index}" for index in range(count)]))


def _value(key: str, turn: int) -> bytes:
    return f"{key * 50} {turn}".encode()


def _beside(writers: Iterable[Callable[[], None]], read: Callable[[], None]) -> None:
    """Run the writers at once and read again and again until they are done, in four threads."""
    done = threading.Event()

    def reading() -> None:
        while not done.is_set():
            read()
        read()

    with ThreadPoolExecutor(16) as threads:
        readers = [threads.submit(reading) for _ in range(4)]
        try:
            for writing in [threads.submit(writer) for writer in writers]:
                writing.result()
        finally:
            done.set()
        for reader in readers:
            reader.result()
