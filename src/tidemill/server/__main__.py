"""`python -m tidemill.server`."""

from __future__ import annotations

import gc
from importlib import import_module

if __name__ == "__main__":
    # Nothing that is imported is garbage, and looking for it takes a sixth of a start: `loading` turns it on again.
    gc.disable()
    raise SystemExit(import_module("tidemill.server.process").main())
