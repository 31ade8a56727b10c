"""Every context says what each of its fields holds, and cannot be changed."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

import pytest

from tests.ui import samples
from tidemill.ui import views
from tidemill.ui.render import static_folder

CONTEXTS: list[Any] = [
    each for name in views.__all__ if inspect.isclass(each := getattr(views, name)) and dataclasses.is_dataclass(each)
]


@pytest.mark.parametrize("context", CONTEXTS, ids=lambda each: each.__name__)
def test_every_field_has_help_and_every_context_is_frozen(context: Any) -> None:
    assert context.__doc__
    assert not context.__doc__.startswith(context.__name__), "a docstring of its own"
    assert context.__dataclass_params__.frozen
    for field in dataclasses.fields(context):
        assert len(field.metadata.get("help", "")) > 8, f"{context.__name__}.{field.name} says nothing"


def test_every_context_that_names_a_template_has_a_sample() -> None:
    named = {each.template for each in CONTEXTS if "template" in vars(each)}
    sampled = {page.template for page in samples.pages().values()} | {samples.home_live().template}
    assert named == sampled


def test_every_template_belongs_to_a_context_or_is_a_fragment() -> None:
    named = {each.template for each in CONTEXTS if "template" in vars(each)}
    templates = {path.name for path in (static_folder().parent / "templates").iterdir()}
    assert {name for name in templates if not name.startswith("_")} == {n for n in named if not n.startswith("_")}


def test_the_ring_has_eight_stations_in_the_order_of_the_loop() -> None:
    assert [station.value for station in views.Station] == [
        "Data",
        "Features",
        "Train",
        "Evaluate",
        "Register",
        "Roll out",
        "Serve",
        "Watch",
    ]
