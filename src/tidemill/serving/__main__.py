"""`python -m tidemill.serving --home DIR --host H --port N`: the data plane in a process of its own."""

from __future__ import annotations

import sys

from tidemill.serving.process import main

if __name__ == "__main__":
    sys.exit(main())
