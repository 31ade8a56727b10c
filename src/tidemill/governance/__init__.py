"""Governance: what stands behind an answer, and who changed what.

why          from a prediction or a model version down to the data
predictions  reading the prediction log
audit        the audit trail
backups      backups of the whole store
encryption   the keys of an encrypted store
"""

from __future__ import annotations

from tidemill.governance.audit import Audit
from tidemill.governance.backups import Backups
from tidemill.governance.encryption import Encryption
from tidemill.governance.predictions import Predictions
from tidemill.governance.why import Evidence, Lineage, Why, feature_row

__all__ = ["Audit", "Backups", "Encryption", "Evidence", "Lineage", "Predictions", "Why", "feature_row"]
