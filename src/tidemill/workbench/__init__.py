"""Workbench: where a project is worked on: opening a run's code again, and the environment for it.

checkout     a folder as it was for a run
plain_values params as text and as values
toml_text    writing TOML
"""

from __future__ import annotations

from tidemill.workbench.checkout import Bundle, Checkout, RunBundles, checkout_run, pinned_data
from tidemill.workbench.toml_text import toml_text

__all__ = ["Bundle", "Checkout", "RunBundles", "checkout_run", "pinned_data", "toml_text"]
