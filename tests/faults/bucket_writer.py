"""A process that stores and reads blobs in a bucket, and notes what it was promised.

`python -m tests.faults.bucket_writer FOLDER URL SEED N THREADS`
"""

from __future__ import annotations

import io
import random
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tests.faults.acknowledgements import Acknowledgements
from tidemill.core import TidemillError, UnavailableError, digest_bytes
from tidemill.storage import BlobStore, open_blobs

_LARGEST = 9 << 20


class Writer:
    """Stores drawn bodies by drawn ways; what was not acknowledged is noted as failed and stored again later."""

    def __init__(self, blobs: BlobStore, folder: Path, record: Acknowledgements) -> None:
        self._blobs = blobs
        self._folder = folder
        self._record = record

    def store(self, seed: int, number: int) -> None:
        """Store one body until it is acknowledged, and read it now and then."""
        chance = random.Random(f"{seed} {number}")
        size = _LARGEST if chance.random() < 0.01 else int(10 ** chance.uniform(0, 5.3))
        body = chance.randbytes(size)
        way = chance.choice(("put", "put_stream", "put_file", "put_told"))
        digest = digest_bytes(body)
        for _ in range(20):
            try:
                self._put(way, body, digest, number)
                self._record.say(number, way, "done", digest=digest, size=size)
                if chance.random() < 0.3 and self._blobs.get(digest) != body:
                    self._record.say(number, "get", "wrong", digest=digest)
                return
            except UnavailableError as error:
                self._record.say(number, way, "failed", error=str(error))
            except TidemillError as error:
                self._record.say(number, way, "wrong", error=str(error))

    def _put(self, way: str, body: bytes, digest: str, number: int) -> None:
        if way == "put":
            self._blobs.put(body)
        elif way == "put_file":
            file = self._folder / f"{number}.body"
            file.write_bytes(body)
            self._blobs.put_file(file)
            file.unlink()
        else:
            self._blobs.put_stream(io.BytesIO(body), digest if way == "put_told" else None)


if __name__ == "__main__":
    place, url, *numbers = sys.argv[1:]
    seeded, n_bodies, n_threads = map(int, numbers)
    folder = Path(place)
    opened = open_blobs(url, folder / "cache", home=folder / "home")
    writer = Writer(opened, folder, Acknowledgements(folder / "acknowledged"))
    with ThreadPoolExecutor(n_threads) as pool:
        list(pool.map(partial(writer.store, seeded), range(n_bodies)))
