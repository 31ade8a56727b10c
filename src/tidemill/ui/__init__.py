"""Pages: typed contexts in, HTML out. No web framework and no store is known here.

``context`` the decorator of contexts and ``values`` the small ones that pages share; ``views`` what each page shows;
``render`` contexts to HTML; ``urls`` the addresses; ``formats`` how numbers and dates are told; ``sentences`` the words
that open a page, ``loop_sentences`` those of the loop, ``run_sentences`` those of runs, ``approval_sentences`` those of
promotions, ``trace_sentences`` of traces, ``webhook_sentences`` of webhooks; ``charts`` SVG from numbers; ``templates``
and ``static`` the looks. Serve ``static_folder()`` under ``/static`` and send ``CONTENT_SECURITY_POLICY`` with every
page.
"""

from __future__ import annotations

from tidemill.access import CONTENT_SECURITY_POLICY
from tidemill.ui import urls, views
from tidemill.ui.render import Rendered, render, static_files, static_folder

__all__ = ["CONTENT_SECURITY_POLICY", "Rendered", "render", "static_files", "static_folder", "urls", "views"]
