"""Lineage events of runs and their steps, after OpenLineage 2-0-2 (https://openlineage.io/spec/2-0-2/OpenLineage.json).

facets     the facets that are sent, each with its schema's address
datasets   what steps read and return, as datasets
run_events the events of one run: which are due, and what each tells
receivers  where events go: an address, or a file
sending    following the records and sending in order, whatever becomes of the receiver
"""

from __future__ import annotations

from tidemill.compat.openlineage.receivers import Receiver, receiver_of
from tidemill.compat.openlineage.sending import Lineage, LineageSender, send_for_a_while

__all__ = ["Lineage", "LineageSender", "Receiver", "receiver_of", "send_for_a_while"]
