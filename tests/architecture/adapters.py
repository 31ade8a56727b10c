"""Which file may know which heavy library: the one list, from which the import tests read."""

from __future__ import annotations

#: Imported at the top of a file, there only. Patterns are paths inside the package.
AT_TOP = {
    "alembic": ("storage/migrations/*",),
    "fastapi": ("server/*",),
    "granian": ("serving/*",),
    "httpx": ("client/*",),
    "jinja2": ("ui/*",),
    "msgspec": ("*",),
    "markupsafe": ("ui/*",),
    "numpy": (
        "data/*",
        "models/*",
        "features/*",
        "evaluation/*",
        "deployment/*",
        "pipelines/*",
        "serving/*",
        "registry/*",
        "monitoring/*",
    ),
    "pytest": ("testing/*",),
    "polars": (
        "data/*",
        "features/*",
        "models/*",
        "evaluation/*",
        "pipelines/*",
        "feedback/*",
        "registry/*",
        "monitoring/*",
        "deployment/*",
        "erasure/*",
        "cli/*",
        "storage/tables/port.py",
        "storage/tables/table_columns.py",
        "storage/tables/table_reports.py",
        "storage/tables/delta_tables.py",
        "storage/tables/delta_versions.py",
        "testing/*",
    ),
    "rich": ("cli/*",),
    "sqlalchemy": (
        "storage/*",
        "testing/*",
        "access/tokens.py",
        "*/_tables.py",
        "*/_repository.py",
        "tracking/_search.py",
        "*/references.py",
        "*/removal.py",
        "*/erasing.py",
        "*/erased_keys.py",
        "erasure/messages.py",
        "tracking/heartbeat.py",
        "pipelines/run_overview.py",
    ),
    "starlette": ("server/*",),
    "typer": ("cli/*",),
    "uvicorn": ("server/*",),
}

#: Libraries that take up to seconds to import: inside the functions of these files only.
IN_FUNCTIONS = {
    "alembic": ("storage/*",),
    "deltalake": ("storage/tables/delta_versions.py",),
    "cryptography": ("storage/encryption/ciphers.py",),
    "granian": ("serving/*",),
    "lightgbm": ("models/*",),
    "obstore": ("storage/blobs/bucket.py", "storage/tables/object_table_files.py"),
    "onnx": ("models/*",),
    "onnxruntime": ("models/*", "serving/*"),
    "optuna": ("tuning/*",),
    "pandas": ("models/*", "features/*"),
    "redis": ("storage/redis_keyvalue.py",),
    "sqlalchemy": ("storage/*",),
    "uvicorn": ("server/*", "cli/*"),
    "uvloop": ("serving/*", "server/*"),
}

#: Own-package imports inside functions: the front door, and the table of commands.
LAZY_DOORS = ("__init__.py", "cli/*")
