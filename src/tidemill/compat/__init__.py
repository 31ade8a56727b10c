"""Doors for other programs' languages: what is recorded here, told as they tell it.

openlineage  runs, steps and datasets as events of OpenLineage
"""

from __future__ import annotations

from tidemill.compat.openlineage import Lineage, LineageSender, Receiver, receiver_of, send_for_a_while

__all__ = ["Lineage", "LineageSender", "Receiver", "receiver_of", "send_for_a_while"]
