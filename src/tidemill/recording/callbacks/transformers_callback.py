"""For the Trainer of Hugging Face, by the events of its `TrainerCallback`."""

from __future__ import annotations

import sys
from typing import Any

from tidemill.recording.active_run import ActiveRun
from tidemill.recording.callbacks.logged_run import numbers, run_or_current


def transformers(run: ActiveRun | None = None) -> Any:
    """Return a callback for ``Trainer(callbacks=[...])``: it logs its arguments once, and each of its logs by step."""
    base: type[Any] = getattr(sys.modules.get("transformers"), "TrainerCallback", object)

    class TransformersCallback(base):  # type: ignore[misc]
        """Logs what the trainer logs."""

        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
            """Log the arguments, without tokens."""
            here = run_or_current(run, "the callback for Transformers")
            if here is not None and getattr(state, "is_world_process_zero", True):
                given = args.to_sanitized_dict() if hasattr(args, "to_sanitized_dict") else vars(args)
                here.log_params({key: value for key, value in given.items() if "token" not in key})

        def on_log(self, args: Any, state: Any, control: Any, **more: Any) -> None:  # noqa: ARG002
            """Log what is a number."""
            here = run_or_current(run, "the callback for Transformers")
            if here is not None and getattr(state, "is_world_process_zero", True):
                here.log_metrics(numbers(more.get("logs") or {}), state.global_step)

    return TransformersCallback()
