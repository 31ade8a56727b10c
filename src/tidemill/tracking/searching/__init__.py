"""Searching: one grammar of filters and orders for all that Tidemill lists, and what it comes to in statements.

Rooms above use it for what they keep: a vocabulary says what may be asked, `Searched` where it stands, `matching` gives
the conditions of a statement, and `list_page` a page of it in any order.

grammar       the text of a filter: comparisons joined by AND, read and printed
vocabulary    what can be asked about one kind of thing, and by which operators
vocabularies  those of runs, experiments, logged models, registered models, versions, traces
matching      conditions in statements
patterns      LIKE and ILIKE, alike in both databases
paging        orders, pages and their tokens
"""

from __future__ import annotations

from tidemill.tracking.searching.grammar import LONGEST_TEXT, MOST_CONDITIONS
from tidemill.tracking.searching.matching import Attached, Column, Searched, matching
from tidemill.tracking.searching.paging import (
    Page,
    PageOf,
    Term,
    fingerprint,
    list_page,
    read_token,
    terms_of,
    token_of,
)
from tidemill.tracking.searching.vocabularies import (
    EXPERIMENTS,
    LOGGED_MODELS,
    MODEL_VERSIONS,
    REGISTERED_MODELS,
    RUNS,
    TRACES,
)
from tidemill.tracking.searching.vocabulary import Condition, Entity, Key, Order, Vocabulary

__all__ = [
    "EXPERIMENTS",
    "LOGGED_MODELS",
    "LONGEST_TEXT",
    "MODEL_VERSIONS",
    "MOST_CONDITIONS",
    "REGISTERED_MODELS",
    "RUNS",
    "TRACES",
    "Attached",
    "Column",
    "Condition",
    "Entity",
    "Key",
    "Order",
    "Page",
    "PageOf",
    "Searched",
    "Term",
    "Vocabulary",
    "fingerprint",
    "list_page",
    "matching",
    "read_token",
    "terms_of",
    "token_of",
]
