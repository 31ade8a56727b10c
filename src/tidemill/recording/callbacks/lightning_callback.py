"""For Lightning, by the hooks of its `Callback`."""

from __future__ import annotations

import sys
from typing import Any

from tidemill.recording.active_run import ActiveRun
from tidemill.recording.callbacks.logged_run import numbers, run_or_current


def lightning(run: ActiveRun | None = None, every_n_steps: int = 50) -> Any:
    """Return a callback for ``Trainer(callbacks=[...])`` of ``lightning.pytorch`` or ``pytorch_lightning``.

    It logs the module's hyper-parameters once, and what the module has logged: every so many steps, and at the end of
    each epoch of training and of validation. To read a tensor waits for its device, so not at each step.
    """
    module = sys.modules.get("lightning.pytorch") or sys.modules.get("pytorch_lightning")
    base: type[Any] = getattr(module, "Callback", object)

    class LightningCallback(base):  # type: ignore[misc]
        """Logs what a module has logged."""

        def on_fit_start(self, trainer: Any, pl_module: Any) -> None:  # noqa: ARG002
            """Log the hyper-parameters."""
            here = run_or_current(run, "the callback for Lightning")
            if here is not None and getattr(pl_module, "hparams", None):
                here.log_params(dict(pl_module.hparams))

        def on_train_batch_end(self, trainer: Any, *_: Any) -> None:
            """Log what was logged, now and then."""
            if trainer.global_step % every_n_steps == 0:
                self._log(trainer)

        def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:  # noqa: ARG002
            """Log what was logged in the epoch."""
            self._log(trainer)

        def on_validation_epoch_end(self, trainer: Any, pl_module: Any) -> None:  # noqa: ARG002
            """Log what was found by validation."""
            if not getattr(trainer, "sanity_checking", False):
                self._log(trainer)

        def _log(self, trainer: Any) -> None:
            here = run_or_current(run, "the callback for Lightning")
            if here is not None and getattr(trainer, "is_global_zero", True):
                metrics = {**numbers(trainer.callback_metrics), "epoch": float(trainer.current_epoch)}
                here.log_metrics(metrics, trainer.global_step)

    return LightningCallback()
