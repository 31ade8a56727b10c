"""What is secret: files that are never taken along, and passwords in text that is."""

from __future__ import annotations

import re
from fnmatch import translate

_FILES = (
    ".env", ".env.*", "*.env", "*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", "*.ppk",
    "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", ".netrc", "_netrc", ".pypirc", ".pgpass", ".npmrc", ".htpasswd",
    "credentials", "credentials.json", "service-account*.json", "service_account*.json", "client_secret*.json",
    "secrets.toml", "secrets.yaml", "secrets.yml", "secrets.json", ".git-credentials",
)  # fmt: skip
_FOLDERS = frozenset({".aws", ".ssh", ".gnupg", ".kube", ".azure", ".gcloud"})
#: Files that show which names a `.env` has to define, and hold no values.
_SHOWN = (".env.example", ".env.sample", ".env.template", "example.env", "id_*.pub", "*.pub")
_SECRET = re.compile("|".join(map(translate, _FILES)))
_NOT_SECRET = re.compile("|".join(map(translate, _SHOWN)))
_KEY = re.compile(rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----[\r\n]+[A-Za-z0-9+/=:,\- \r\n]{40}")
_IN_URL = re.compile(r"(?P<before>[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@'\"]*:)[^\s/@'\"]+(?=@)")
_ASSIGNED = re.compile(
    r"(?i)(?P<before>[\w.-]*(?:password|passwd|passphrase|secret|token|api_?key|access_?key|private_?key)[\w-]*"
    r"[\"']?[ \t]*[:=][ \t]*)(?P<quote>[\"'])(?P<value>[^\"'\r\n]{4,})(?P=quote)"
)
#: As in YAML, or in a sentence; what is read from somewhere, as by a call, is none.
_BARE = re.compile(
    r"(?i)(?P<before>[\w.-]*(?:password|passwd|passphrase|secret|token|api_?key|access_?key|private_?key)[\w-]*"
    r"[\"']?[ \t]*[:=][ \t]*)(?!os\.|self\.|settings\.|config\.)[^\s\"',;(){}\[\]]{6,}(?=[\s,;}]|\Z)"
)
_KNOWN = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_[A-Za-z0-9]{30,}\b|\btm_[\w-]{20,}|\bsk-[\w-]{20,}")
_BLOCK = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
HIDDEN = "***"


def is_secret_file(name: str) -> bool:
    """Tell whether a file of this name is taken for a secret.

    >>> is_secret_file(".env"), is_secret_file("server.key"), is_secret_file(".env.example")
    (True, True, False)
    """
    lower = name.lower()
    return _SECRET.match(lower) is not None and _NOT_SECRET.match(lower) is None


def is_secret_folder(name: str) -> bool:
    """Tell whether a folder of this name holds credentials."""
    return name.lower() in _FOLDERS


def holds_private_key(data: bytes) -> bool:
    """Tell whether bytes hold a private key in the form of PEM.

    >>> holds_private_key(b"marker = '-----BEGIN PRIVATE KEY-----'")
    False
    """
    return b"PRIVATE KEY-----" in data and _KEY.search(data) is not None


def without_passwords(text: str) -> str:
    """Return text without the passwords in its URLs.

    >>> without_passwords("postgresql://ann:pw@host/db")
    'postgresql://ann:***@host/db'
    """
    return _IN_URL.sub(rf"\g<before>{HIDDEN}", text)


def redacted(text: str) -> str:
    """Return text without passwords in URLs, values given to names such as `password`, and keys of known forms.

    >>> redacted("+API_KEY = 'abcdef'")
    "+API_KEY = '***'"
    >>> redacted("+password: hunter22"), redacted("+token = os.environ['TOKEN']")
    ('+password: ***', "+token = os.environ['TOKEN']")
    """
    text = _BLOCK.sub(HIDDEN, without_passwords(text))
    text = _ASSIGNED.sub(rf"\g<before>\g<quote>{HIDDEN}\g<quote>", text)
    text = _BARE.sub(rf"\g<before>{HIDDEN}", text)
    return _KNOWN.sub(HIDDEN, text)
