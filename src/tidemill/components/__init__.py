"""Components: steps and pipelines that are shared, with their docs, inputs, outputs, version and example.

component  `Component`, `describe`: what is said of one; the hook `COMPONENTS`
catalogue  `list_components`: Tidemill's own, those of installed packages, and the project's

A package offers its steps and pipelines by entry points, one for each:

    [project.entry-points."tidemill.components"]
    fill_gaps = "tide_steps:fill_gaps"
"""

from __future__ import annotations

from tidemill.components.catalogue import find_component, installed_components, list_components
from tidemill.components.component import COMPONENTS, Component, ComponentPort, Shareable, describe, origin_of

__all__ = [
    "COMPONENTS",
    "Component",
    "ComponentPort",
    "Shareable",
    "describe",
    "find_component",
    "installed_components",
    "list_components",
    "origin_of",
]
