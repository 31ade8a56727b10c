"""`python -m tidemill.server`."""

from __future__ import annotations

from tidemill.server.process import main

if __name__ == "__main__":
    raise SystemExit(main())
