"""Client: the HTTP client of servers and data planes.

client  `Client`: predict, label, get, post; the server's errors come back as this package's own
"""

from __future__ import annotations

from tidemill.client.client import Client, Labelled, Prediction

__all__ = ["Client", "Labelled", "Prediction"]
