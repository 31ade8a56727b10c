"""What an answer says of a file: its kind by its name, and that it is saved, never shown as a page of this server."""

from __future__ import annotations

import mimetypes
from urllib.parse import quote

_TEXTS = frozenset(
    {"MLmodel", "MLproject"}
    | {"txt", "log", "err", "cfg", "conf", "cnf", "cf", "ini", "properties", "prop", "hocon", "toml", "yaml", "yml"}
    | {"xml", "json", "js", "py", "py3", "csv", "tsv", "md", "rst", "ipynb"}
)
_PLAIN, _OCTETS = "text/plain", "application/octet-stream"


def kind_of(name: str) -> str:
    """Return the content type of a file by its name alone: what is text is plain text, what is unknown is octets.

    >>> kind_of("MLmodel"), kind_of("a.json"), kind_of("model.pkl"), kind_of("roc.png")
    ('text/plain', 'text/plain', 'application/octet-stream', 'image/png')
    """
    ending = name.rpartition(".")[2]
    if ending in _TEXTS:
        return _PLAIN
    return mimetypes.guess_type(name, strict=True)[0] or _OCTETS


def as_attachment(name: str) -> str:
    """Return the header that has a file saved under its name.

    >>> as_attachment('a "b".txt'), as_attachment("é")
    ("attachment; filename*=UTF-8''a%20%22b%22.txt", "attachment; filename*=UTF-8''%C3%A9")
    """
    if name.isascii() and name.replace("-", "").replace("_", "").replace(".", "").isalnum():
        return f"attachment; filename={name}"
    return f"attachment; filename*=UTF-8''{quote(name, safe='')}"


def file_headers(path: str) -> dict[str, str]:
    """Return the headers of an answer that is a file: nothing that runs, nowhere, whatever it holds.

    >>> file_headers("plots/page.html")["content-disposition"]
    'attachment; filename=page.html'
    """
    name = path.rpartition("/")[2]
    return {
        "content-type": kind_of(name),
        "content-disposition": as_attachment(name),
        "content-security-policy": "sandbox; default-src 'none'",
        "x-content-type-options": "nosniff",
    }
