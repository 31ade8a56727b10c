"""Client: the HTTP client of servers and data planes.

client         `Client`: predict, label, upload, download, get, post; errors are this package's own
blob_transfer  files to and from a server, in pieces
artifacts      files of runs; artifact_transfer how they go
direct_transfer  a file straight into a server's bucket
pack_transfer  many files, small ones in packs
promotions     asking for promotions, approving them
"""

from __future__ import annotations

from tidemill.client.artifacts import RunFiles
from tidemill.client.client import Client, Labelled, Prediction

__all__ = ["Client", "Labelled", "Prediction", "RunFiles"]
