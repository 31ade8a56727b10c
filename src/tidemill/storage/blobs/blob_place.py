"""Where blobs are, as a URL says it: taken apart by one rule, and never holding a secret."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from tidemill.core import UsageError, did_you_mean
from tidemill.storage.confined import split_name

_OPTIONS = {"s3": ("endpoint", "region"), "gs": (), "az": ("account", "endpoint")}
_CREDENTIALS = {
    "s3": "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "gs": "set GOOGLE_APPLICATION_CREDENTIALS",
    "az": "set AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
}
#: One of these is how a process on Amazon's own machines has its credentials.
_S3_IDENTITIES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)


@dataclass(frozen=True)
class BlobPlace:
    """A bucket and the prefix of the blobs in it.

    scheme: s3, gs or az. endpoint: of an S3-compatible store or an Azure emulator, empty for the provider's own.
    """

    scheme: str
    bucket: str
    prefix: str = ""
    endpoint: str = ""
    region: str = ""
    account: str = ""

    @property
    def shown(self) -> str:
        """The place without its options, for messages."""
        return f"{self.scheme}://{self.bucket}" + (f"/{self.prefix}" if self.prefix else "")

    @property
    def credentials(self) -> str:
        """What to do for credentials."""
        return _CREDENTIALS[self.scheme]

    def config(self) -> dict[str, object]:
        """Return the store's settings besides bucket and prefix; credentials come from the environment."""
        given: dict[str, object] = {}
        if self.scheme == "s3":
            environ = os.environ
            given["region"] = (
                self.region or environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or "us-east-1"
            )
            given |= {"endpoint": self.endpoint, "virtual_hosted_style_request": False} if self.endpoint else {}
        elif self.scheme == "az":
            given |= {"endpoint": self.endpoint} if self.endpoint else {}
            given |= {"account_name": self.account} if self.account else {}
        return given


def parse_place(url: str, environ: Mapping[str, str] | None = None) -> BlobPlace:
    """Return the place that a URL such as ``s3://bucket/prefix?endpoint=http://host:9000&region=eu-west-1`` names.

    Raises UsageError for another scheme, no bucket, an unknown option, credentials inside the URL, or an endpoint of
    one's own without credentials in the environment. The message shows neither what stands before an `@` nor the value
    of an option.

    >>> parse_place("gs://models/team").shown
    'gs://models/team'
    """
    environ = os.environ if environ is None else environ
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise UsageError("the setting blobs is no URL; write s3://bucket/prefix") from error
    scheme = parts.scheme
    if scheme not in _OPTIONS:
        raise UsageError(f"blobs in {scheme[:20]!r} are not known; known are a folder, s3://, gs:// and az://")
    if "@" in parts.netloc or ":" in parts.netloc or parts.fragment:
        raise UsageError(f"credentials, ports and '#' do not belong in the URL of a bucket; {_CREDENTIALS[scheme]}")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    for name in options:
        if name not in _OPTIONS[scheme]:
            known = _OPTIONS[scheme]
            raise UsageError(
                f"{scheme}:// has no option {name[:40]!r}.{did_you_mean(name, known)} "
                f"Known: {', '.join(known) or 'none'}; credentials belong in the environment"
            )
    prefix = parts.path.strip("/")
    if prefix:
        split_name(prefix)
    if not parts.netloc:
        raise UsageError(f"the URL of the blobs names no bucket; write {scheme}://bucket/prefix")
    split_name(parts.netloc)
    place = BlobPlace(scheme, parts.netloc, prefix, **options)
    _check_endpoint(place, environ)
    return place


def _check_endpoint(place: BlobPlace, environ: Mapping[str, str]) -> None:
    if not place.endpoint:
        return
    parts = urlsplit(place.endpoint)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc or parts.query:
        raise UsageError("the endpoint of the blobs is no address; write endpoint=https://host:port")
    if place.scheme == "s3" and not any(environ.get(name) for name in _S3_IDENTITIES):
        raise UsageError(f"there are no credentials for {place.shown}; {place.credentials}")
