"""From a URL to a blob store."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from tidemill.core import UsageError
from tidemill.storage.blobs.blob_place import parse_place
from tidemill.storage.blobs.bucket import Bucket
from tidemill.storage.blobs.bucket_home import BucketHome
from tidemill.storage.blobs.cached_blobs import CachedBlobs
from tidemill.storage.blobs.local_blobs import LocalBlobs
from tidemill.storage.blobs.object_blobs import ObjectBlobs
from tidemill.storage.blobs.port import BlobStore, DirectUrls
from tidemill.storage.encryption.data_keys import DataKeys
from tidemill.storage.encryption.encrypted_blobs import EncryptedBlobs
from tidemill.storage.encryption.sealed_places import SealedBucket, SealedFolder

MOST_CACHED_BYTES = 10 << 30


def open_blobs(
    url: str, cache: Path, most_cached_bytes: int = MOST_CACHED_BYTES, home: Path | None = None
) -> BlobStore:
    """Return the store that a URL names: a path or ``file:///folder``, ``s3://``, ``gs://``, ``az://bucket/prefix``.

    cache: folder for local copies of what is in a bucket, of at most `most_cached_bytes`; made when it is needed.
    home: folder of the store that has its blobs there; without it nobody may collect them.

    Raises UsageError for what is no such URL, when the extra is not installed, or when no credentials are set.
    """
    folder = local_folder(url)
    if folder is not None:
        return LocalBlobs(folder)
    return CachedBlobs(ObjectBlobs(*_bucket_of(url, home)), cache, most_cached_bytes)


def open_encrypted_blobs(url: str, keys: DataKeys, home: Path | None = None) -> BlobStore:
    """Return the store that a URL names, sealed with a store's keys. Raises as `open_blobs` does."""
    folder = local_folder(url)
    place = SealedBucket(*_bucket_of(url, home)) if folder is None else SealedFolder(folder)
    return EncryptedBlobs(place, keys)


def local_folder(url: str) -> Path | None:
    """Return the local folder that a URL names, None when it names a bucket."""
    scheme, found, _ = url.partition("://")
    if not found:
        return Path(url)
    if scheme != "file":
        return None
    parts = urlsplit(url)
    if parts.netloc not in {"", "localhost"} or parts.query or parts.fragment or not parts.path.startswith("/"):
        raise UsageError("a file URL names a folder of this machine and nothing else; write file:///folder")
    return Path(unquote(parts.path))


def _bucket_of(url: str, home: Path | None) -> tuple[Bucket, BucketHome | None]:
    bucket = Bucket(parse_place(url))
    return bucket, None if home is None else BucketHome(bucket, home / "bucket")


def objects_of(blobs: object) -> ObjectBlobs | None:
    """Return the store of a bucket that is behind a cache, None where there is no bucket."""
    store = blobs.store if isinstance(blobs, CachedBlobs) else blobs
    return store if isinstance(store, ObjectBlobs) else None


def direct_urls(blobs: BlobStore) -> DirectUrls | None:
    """Return the store's way of signing URLs, None when it has none."""
    store = blobs.store if isinstance(blobs, CachedBlobs) else blobs
    return store if isinstance(store, DirectUrls) else None
