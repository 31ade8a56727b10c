"""Environments in which versions stand, and the four stages that MLflow's clients know for them."""

from __future__ import annotations

from collections.abc import Iterable

from tidemill.core import UsageError, check_name

NO_STAGE = "None"
#: Stage by environment; a version in several of them is told by the first.
STAGES = {"production": "Production", "staging": "Staging", "archived": "Archived"}
PRODUCTION = "production"


def check_environment(name: str) -> str:
    """Return the name of an environment. Raises UsageError.

    >>> check_environment("production")
    'production'
    """
    return check_name("environment", name)


def stage_of(environments: Iterable[str]) -> str:
    """Return the stage that MLflow's clients are told.

    >>> stage_of(("eu", "staging")), stage_of(())
    ('Staging', 'None')
    """
    there = set(environments)
    return next((stage for environment, stage in STAGES.items() if environment in there), NO_STAGE)


def environment_of(stage: str) -> str:
    """Return the environment that a stage stands for, in any case; nothing for the stage None. Raises UsageError.

    >>> environment_of("PRODUCTION"), environment_of("none")
    ('production', '')
    """
    known = {NO_STAGE.lower(): "", **{name: name for name in STAGES}}
    if stage.lower() not in known:
        stages = ", ".join(("None", "Staging", "Production", "Archived"))
        raise UsageError(f"Invalid Model Version stage: {stage[:120]}. Value must be one of {stages}.")
    return known[stage.lower()]
