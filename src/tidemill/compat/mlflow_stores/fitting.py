"""What every store holds: ids and paths that lead nowhere else, text without NUL. What is changed is told."""

from __future__ import annotations

import re
from dataclasses import replace

from tidemill.compat.mlflow_stores.left_out import LeftOut
from tidemill.compat.mlflow_stores.records import MovedRun, MovedTrace
from tidemill.core import TidemillError
from tidemill.storage.records import storable
from tidemill.tracking import check_artifact_path

LONGEST_KEY = 250
_LONGEST_OF_TRACE, _LONGEST_PREVIEW = 8000, 1000
_TRACE_ID = re.compile(r"tr-[0-9a-zA-Z_-]{1,64}", re.ASCII)
_ID = re.compile(r"[a-zA-Z0-9][\w-]{0,255}", re.ASCII)
_MODEL_ID = re.compile(r"m-[0-9a-zA-Z_-]{1,64}", re.ASCII)


def is_run_id(id_: str) -> bool:
    """Tell whether a run may be called so: what MLflow's own servers accept.

    >>> is_run_id("4f" * 16), is_run_id("../x")
    (True, False)
    """
    return _ID.fullmatch(id_) is not None


def is_model_id(id_: str) -> bool:
    """Tell whether a logged model may be called so."""
    return _MODEL_ID.fullmatch(id_) is not None


def model_named_by(source: str) -> str:
    """Return the id of the logged model that is the source of a version; nothing for another source.

    >>> model_named_by("models:/m-3f"), model_named_by("models:/net/1")
    ('m-3f', '')
    """
    id_ = source.removeprefix("models:/").partition("/")[0]
    return id_ if source.startswith("models:/m-") and is_model_id(id_) else ""


def fitted_run(run: MovedRun, left_out: LeftOut) -> MovedRun:
    """Return a run whose texts every store can hold."""
    params = fitted_texts(run.params, ("param", run.id), left_out)
    tags = fitted_texts(run.tags, ("tag", run.id), left_out)
    return replace(run, params=params, tags=tags, name=fitted_text(run.name), user_id=fitted_text(run.user_id))


def fitted_trace(trace: MovedTrace, left_out: LeftOut) -> MovedTrace:
    """Return a trace whose texts every store can hold; longer ones are cut."""
    texts = {}
    for kind, given in (("tag", trace.tags), ("metadata", trace.metadata)):
        texts[kind] = fitted_texts(given, (kind, trace.id), left_out)
        for key, text in texts[kind].items():
            if len(text) > _LONGEST_OF_TRACE:
                left_out.add(kind, key, f"of {trace.id}: cut to {_LONGEST_OF_TRACE:,} characters")
        texts[kind] = {key: text[:_LONGEST_OF_TRACE] for key, text in texts[kind].items()}
    previews = {}
    for name, preview in (("request", trace.request), ("response", trace.response)):
        if preview is not None and len(preview) > _LONGEST_PREVIEW:
            left_out.add("preview", name, f"of {trace.id}: cut to {_LONGEST_PREVIEW:,} characters")
        previews[name] = None if preview is None else fitted_text(preview)[:_LONGEST_PREVIEW]
    tags, metadata = texts["tag"], texts["metadata"]
    return replace(trace, tags=tags, metadata=metadata, request=previews["request"], response=previews["response"])


def is_trace_id(id_: str) -> bool:
    """Tell whether a trace may be called so."""
    return _TRACE_ID.fullmatch(id_) is not None


def fitted_texts(texts: dict[str, str], of: tuple[str, str], left_out: LeftOut) -> dict[str, str]:
    """Return texts by key without keys that cannot be one, NUL and what is no Unicode as escapes."""
    if all(map(_is_plain, texts)) and all("\0" not in text and text.isascii() for text in texts.values()):
        return texts
    kept = {}
    for key, text in texts.items():
        if not _is_plain(key):
            left_out.add(of[0], repr(key[:80]), f"of {of[1]}: no store can have such a key")
            continue
        kept[key] = fitted_text(text)
        if kept[key] != text:
            left_out.add(of[0], key, f"of {of[1]}: NUL and what is no Unicode were written as escapes")
    return kept


def fitted_text(text: str) -> str:
    """Return a text with NUL and what is no Unicode as escapes, never cut."""
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-8", "backslashreplace").decode()
    return text.replace("\0", storable("\0"))


def fitted_path(path: str, of: str, left_out: LeftOut) -> str | None:
    """Return the path of a file as it is kept; None for one that no file can have."""
    try:
        return check_artifact_path(path)
    except TidemillError as error:
        left_out.add("file", repr(path[:120]), f"of {of}: {error}")
        return None


def _is_plain(key: str) -> bool:
    return 0 < len(key) <= LONGEST_KEY and key.isprintable()
