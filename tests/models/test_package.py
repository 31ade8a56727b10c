"""Model packages: a digest of names and contents."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.core import DamagedError, UsageError
from tidemill.models import ModelPackage

files = st.dictionaries(st.text("abc._-", min_size=1).filter(lambda n: n[0] != "."), st.binary(), min_size=1)


@given(files)
def test_the_digest_does_not_depend_on_order(contents: dict[str, bytes]) -> None:
    turned = dict(reversed(contents.items()))
    assert ModelPackage(contents).digest == ModelPackage(turned).digest


@given(files, st.data())
def test_any_change_changes_the_digest_and_is_refused(contents: dict[str, bytes], data: st.DataObject) -> None:
    package = ModelPackage(contents)
    name = data.draw(st.sampled_from(sorted(contents)))
    changed = ModelPackage({**contents, name: contents[name] + b"x"})
    renamed = ModelPackage({f"{key}2" if key == name else key: value for key, value in contents.items()})
    assert package.verify(package.digest) is package
    for other in (changed, renamed):
        with pytest.raises(DamagedError, match="files were changed"):
            other.verify(package.digest)


def test_a_package_cannot_be_changed_from_outside() -> None:
    contents = {"a": b"1"}
    package = ModelPackage(contents)
    contents["a"] = b"2"
    assert package.file("a") == b"1"
    with pytest.raises(TypeError):
        package.files["a"] = b"2"  # type: ignore[index]


@pytest.mark.parametrize("name", ["", "../x", "a/b", "a\\b", ".hidden", "a\0b"])
def test_only_plain_file_names_are_allowed(name: str) -> None:
    with pytest.raises(UsageError, match="plain file names"):
        ModelPackage({name: b""})


def test_a_missing_file_says_what_there_is() -> None:
    with pytest.raises(DamagedError, match=r"lacks 'signature\.json' and holds model\.txt"):
        _ = ModelPackage({"model.txt": b""}).signature
