"""Retention: what goes. What a line of configuration does not keep, and blobs that no record names.

rule          what a line keeps: ``last 50, best 3 by auc, registered, 90d``
decision      which runs, versions, predictions and labels go by it; what stands behind a kept model never does
references    which blobs the records of all rooms name
table_vacuum  which versions of tables go, and files that no version has
collector     the verbs: plan and collect
"""

from __future__ import annotations

from tidemill.retention.collector import Collector, Retained, StoragePlan
from tidemill.retention.references import referenced_blobs
from tidemill.retention.rule import Policy, Rule, parse_policy, parse_rule
from tidemill.retention.table_vacuum import TableShare

__all__ = [
    "Collector",
    "Policy",
    "Retained",
    "Rule",
    "StoragePlan",
    "TableShare",
    "parse_policy",
    "parse_rule",
    "referenced_blobs",
]
