"""Access: who may do what. Every verb of every room receives a `Caller`.

callers     callers, roles, `require`
origins     Host and Origin guards, what pages may load, where a server may listen
token_file  the digests that the data plane reads
tokens      the token service                         (needs SQLAlchemy, import it by its file)
"""

from __future__ import annotations

from tidemill.access.callers import Caller, Role, local_caller, require
from tidemill.access.origins import CONTENT_SECURITY_POLICY, check_bind, check_host, check_origin, is_loopback
from tidemill.access.token_file import read_token_file, token_digest, write_token_file

__all__ = [
    "CONTENT_SECURITY_POLICY",
    "Caller",
    "Role",
    "check_bind",
    "check_host",
    "check_origin",
    "is_loopback",
    "local_caller",
    "read_token_file",
    "require",
    "token_digest",
    "write_token_file",
]
