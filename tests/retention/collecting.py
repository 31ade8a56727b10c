"""A process that collects over and over, without a grace period: `python -m tests.retention.collecting HOME [BLOBS]`"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

from tests.small_project import ANN
from tidemill.app import open_workspace
from tidemill.core import Settings

if __name__ == "__main__":
    home = Path(sys.argv[1])
    settings = Settings(home=home, blobs="".join(sys.argv[2:]), retention=(("models", "last 1"),))
    opened = open_workspace(home, settings)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        done = opened.collector.collect(ANN, timedelta(0))
        sys.stdout.write(f"{done.blobs.aside.n_blobs} {done.blobs.deleted.n_blobs}\n")
        sys.stdout.flush()
