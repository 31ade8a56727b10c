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
        "cli/*",
    ),
    "rich": ("cli/*",),
    "sqlalchemy": (
        "storage/*",
        "testing/*",
        "access/tokens.py",
        "*/_tables.py",
        "*/_repository.py",
        "*/references.py",
        "*/removal.py",
    ),
    "starlette": ("server/*",),
    "typer": ("cli/*",),
    "uvicorn": ("server/*",),
}

#: Libraries that take up to seconds to import: inside the functions of these files only.
IN_FUNCTIONS = {
    "alembic": ("storage/*",),
    "cryptography": ("storage/ciphers.py",),
    "granian": ("serving/*",),
    "lightgbm": ("models/*",),
    "obstore": ("storage/object_blobs.py",),
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
