"""Names in the registry: of models that others may have named, of aliases, of tags."""

from __future__ import annotations

import re
import unicodedata

from tidemill.core import UsageError

LONGEST_NAME = 256
LONGEST_ALIAS = 255
LONGEST_TAG_KEY = 250
LONGEST_TAG_VALUE = 100_000
_ALIAS = re.compile(r"[\w-]+")
_RESERVED_ALIAS = re.compile(r"latest|v\d+", re.IGNORECASE)
_TAG_KEY = re.compile(r"[\w.:/ -]+")
#: Categories of Unicode that no eye sees or that turn the text around it: controls, formats, surrogates, lines.
_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def check_model_name(name: str) -> str:
    """Return a model's name in its one normal form (NFC): any text that people can read, but '/' and ':'.

    Raises UsageError.

    >>> check_model_name("Späte Flüge (v2)")
    'Späte Flüge (v2)'
    """
    found = normal_text(name)
    unseen = next((char for char in found if unicodedata.category(char) in _UNSEEN), None)
    if not found.strip() or "/" in found or ":" in found or found in {".", ".."}:
        raise UsageError(f"{name[:120]!r} cannot name a registered model: give a name without '/' and ':'")
    if unseen is not None:
        raise UsageError(
            f"{name[:120]!r} cannot name a registered model: it holds U+{ord(unseen):04X}, which nobody sees; "
            "leave control, zero width and direction marks out"
        )
    if len(found) > LONGEST_NAME:
        raise UsageError(
            f"the name {name[:40]!r}... of a registered model has {len(found)} characters; at most {LONGEST_NAME}"
        )
    return found


def check_alias(alias: str) -> str:
    """Return an alias. Raises UsageError for what is none, and for what means something else already.

    >>> check_alias("champion")
    'champion'
    """
    found = normal_text(alias)
    if not _ALIAS.fullmatch(found) or len(found) > LONGEST_ALIAS:
        raise UsageError(
            f"{alias[:120]!r} cannot be an alias: use letters, digits, '_' and '-', at most {LONGEST_ALIAS}"
        )
    if _RESERVED_ALIAS.fullmatch(found):
        raise UsageError(
            f"{alias!r} cannot be an alias: 'latest' and 'v' with a number are reserved, as they say which version"
        )
    return found


def is_alias(alias: str) -> bool:
    """Tell whether a text can stand for an alias, also for one that is reserved.

    >>> is_alias("latest"), is_alias("a b")
    (True, False)
    """
    return 0 < len(alias) <= LONGEST_ALIAS and _ALIAS.fullmatch(alias) is not None


def check_tag(key: str, value: str) -> tuple[str, str]:
    """Return a tag's key and value. Raises UsageError.

    >>> check_tag("team", "delays")
    ('team', 'delays')
    """
    return check_tag_key(key), _short_enough(value, f"the value of tag {key!r}", LONGEST_TAG_VALUE)


def check_tag_key(key: str) -> str:
    """Return a tag's key, which does not read as another path. Raises UsageError."""
    parts = key.split("/")
    if not _TAG_KEY.fullmatch(key) or {"", ".", ".."} & set(parts):
        raise UsageError(
            f"{key[:120]!r} cannot be the key of a tag: use letters, digits, '_', '-', '.', ':', spaces and single '/'"
        )
    return _short_enough(key, f"the key {key[:40]!r}... of a tag", LONGEST_TAG_KEY)


def normal_text(text: str) -> str:
    """Return a text in its one normal form, in which names are stored and looked for. Raises UsageError for no text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError(f"{text[:120]!r} is no text that can be stored") from None
    return unicodedata.normalize("NFC", text)


def _short_enough(text: str, what: str, most: int) -> str:
    if len(text) > most:
        raise UsageError(f"{what} has {len(text)} characters; at most {most}")
    return text
