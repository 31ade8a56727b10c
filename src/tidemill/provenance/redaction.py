"""Taking secrets out of what is stored: values of the environment that say they are secret, passwords in URLs."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

REDACTED = "[redacted]"
_SECRET_NAME = re.compile(r"secret|token|passw|credential|private|(?:^|_|api)key(?:$|_)", re.IGNORECASE)
_URL_PASSWORD = re.compile(r"(?P<before>[a-zA-Z][a-zA-Z0-9+.-]*://[^\s/:@]*:)[^\s/@]+(?=@)")
#: Shorter values are words such as "yes", which would blot out half of a text.
_LEAST = 6


class Redaction:
    """Replaces secrets in texts. Secrets are read once, when it is made. Thread-safe.

    A secret is the value of a variable whose name says secret, token, password, credential, private or key; of six
    characters or more, and no path of a file. Each line of a value of several lines is one.

    >>> Redaction({"API_TOKEN": "s3cr3t-s3cr3t"}).text("sent s3cr3t-s3cr3t to https://ann:pw@host/")
    'sent [redacted] to https://ann:[redacted]@host/'
    """

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        environ = os.environ if environ is None else environ
        values = [value for name, value in environ.items() if _SECRET_NAME.search(name)]
        lines = {line.strip() for value in values for line in [value, *value.splitlines()]}
        secrets = sorted((line for line in lines if len(line) >= _LEAST and not _is_path(line)), key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, secrets))) if secrets else None

    def text(self, text: str) -> str:
        """Return a text with its secrets replaced."""
        if self._secrets is not None:
            text = self._secrets.sub(REDACTED, text)
        return _URL_PASSWORD.sub(rf"\g<before>{REDACTED}", text) if "://" in text else text


def _is_path(value: str) -> bool:
    return value.startswith("/") and os.path.lexists(value)
