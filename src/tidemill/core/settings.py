"""Settings: places and names only, from ``tidemill.toml``, the environment and arguments, in that order."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from tidemill.core.clock import Clock, StoredClock, SystemClock
from tidemill.core.errors import UsageError, did_you_mean
from tidemill.core.executor_names import IN_PROCESS, check_executor
from tidemill.core.key_source import KeySource, parse_key_source
from tidemill.core.names import check_name
from tidemill.core.pins import ParamTables, Pins, parse_param_tables, parse_pins
from tidemill.core.prices import Prices, parse_prices

#: The variable by which every program of the field is told where lineage events go.
OPENLINEAGE_URL = "OPENLINEAGE_URL"
#: The environment of the settings without any table.
DEV = "dev"
#: What makes an environment's store one of its own; it then has a home of its own too.
_OF_A_STORE = frozenset({"records", "blobs", "tables", "encryption"})
FILE = "tidemill.toml"
#: What holds in this folder only and is in no repository, such as in a checkout of a run.
LOCAL_FILE = "tidemill.local.toml"


@dataclass(frozen=True)
class Settings:
    """Where a project's things are.

    home: folder of the store; relative paths are relative to the project's folder.
    project: name of the project inside the store.
    module: Python file with the project's declarations.
    cache_packages: distributions whose versions count in the key of every step, whether its code reaches them or not.
    host, port: address of the server and its pages.
    serving_port: port of the data plane; 0 takes the server's port plus one.
    allowed_hosts: names besides the loopback ones that a Host header may carry.
    online: URL of the Redis or Valkey that holds the online values; empty: a SQLite file in the home.
    blobs: where blobs are: a folder relative to the project's, or s3://, gs://, az://; empty: `blobs` in the store.
    tables: where tables are, in the same way; empty: `tables` in the store.
    clock: file of a replay's clock, relative to the project's folder; empty: the machine's clock.
    records: URL of the PostgreSQL database that holds rows, events and queue; empty: a SQLite file in the home. It may
    hold a password, so it is never shown.
    retention: what is kept of each kind, as pairs of kind and rule (``("runs", "last 50, 90d")``); empty: everything.
    tables_encrypted_by: `storage` when the storage of tables encrypts by itself: an encrypted store takes no others.
    encryption: where the master key of an encrypted store comes from; empty: the store is not encrypted.
    executor: where steps are executed: `in-process`, `pool`, `ray`, or `ray://host:port`.
    pools: what the steps of all runs may hold at once, by named pool and resource (``[pools.gpu] gpus = 2``).
    prices: what computing costs, from which the cost of runs is told.
    step_log_mib: how much of what a step writes is kept with its run, in MiB.
    openlineage: where lineage events go: http:// or https:// of a receiver, or file: and a path; empty: nowhere.
    webhook_networks: networks, beside all that is public, that webhooks may call, such as ``10.0.0.0/8``.
    env: name of the environment: ``dev`` is the settings without any table, others have one in ``tidemill.toml``.
    pins: dataset versions that runs read in place of a source's files (``("flights", "flights@3")``).
    params: params by pipeline, in place of the defaults.
    url: the server that `tm.run` logs to; empty: the store in the home.
    """

    home: Path = Path(".tidemill")
    project: str = "default"
    module: str = ""
    host: str = "127.0.0.1"
    port: int = 8400
    serving_port: int = 0
    allowed_hosts: tuple[str, ...] = ()
    online: str = field(default="", repr=False)  # it may hold a password
    clock: Path = Path()
    records: str = field(default="", repr=False)
    blobs: str = ""
    retention: tuple[tuple[str, str], ...] = ()
    tables: str = ""
    tables_encrypted_by: str = ""
    encryption: KeySource = field(default_factory=KeySource)
    executor: str = IN_PROCESS
    pools: Mapping[str, Any] = field(default_factory=dict)
    prices: Prices = field(default_factory=Prices)
    step_log_mib: int = 10
    openlineage: str = field(default="", repr=False)  # it may hold a password
    cache_packages: tuple[str, ...] = ()
    webhook_networks: tuple[str, ...] = ()
    env: str = DEV
    pins: Pins = ()
    params: ParamTables = ()
    url: str = ""

    def data_plane_port(self) -> int:
        """Return the port of the data plane."""
        return self.serving_port or self.port + 1


def load_settings(folder: Path, environ: Mapping[str, str] | None = None, **arguments: Any) -> Settings:
    """Read ``tidemill.toml`` of the folder and ``tidemill.local.toml``, as far as they are there, then ``TIDEMILL_*``,
    then the arguments that are not None.

    Of the file the table ``[environments.NAME]`` of the environment comes after the rest.

    Raises UsageError for a file that is no TOML, an unknown name, a value of the wrong type, or ports that clash.

    >>> load_settings(Path("/nowhere"), environ={"TIDEMILL_PORT": "9000"}).port
    9000
    """
    settings = Settings()
    environ = os.environ if environ is None else environ
    file, local = folder / FILE, folder / LOCAL_FILE
    written = _read(file) if file.is_file() else {}
    tables = _environments(written.pop("environments", {}), str(file))
    settings = _apply(settings, written, str(file))
    if local.is_file():
        written = _read(local)
        tables |= _environments(written.pop("environments", {}), str(local))
        settings = _apply(settings, written, str(local))
    name = arguments.get("env") or environ.get("TIDEMILL_ENV") or settings.env
    settings = _apply_environment(settings, tables, name, str(file))
    known = {f"TIDEMILL_{each.name.upper()}": each.name for each in fields(Settings) if each.name != "env"}
    given = {known[name]: value for name, value in environ.items() if name in known}
    if OPENLINEAGE_URL in environ:
        given.setdefault("openlineage", environ[OPENLINEAGE_URL])
    settings = _apply(settings, given, "the environment")
    given = {key: value for key, value in arguments.items() if value is not None and key != "env"}
    settings = _apply(settings, given, "arguments")
    _check_ports(settings)
    check_executor(settings.executor)
    clock = folder / settings.clock if settings.clock != Path() else Path()
    blobs, table_place = _below(folder, settings.blobs), _below(folder, settings.tables)
    encryption, lineage = settings.encryption.below(folder), settings.openlineage
    if lineage.startswith("file:") and not lineage.startswith("file:/"):
        lineage = f"file:{(folder / lineage.removeprefix('file:')).absolute()}"
    return replace(
        settings,
        home=folder / settings.home,
        clock=clock,
        blobs=blobs,
        tables=table_place,
        encryption=encryption,
        openlineage=lineage,
    )


def environment_names(folder: Path) -> tuple[str, ...]:
    """Return the environments of a project's folder: ``dev``, and those that ``tidemill.toml`` has a table for.

    Raises UsageError for a file that is no TOML.

    >>> environment_names(Path("/nowhere"))
    ('dev',)
    """
    tables = _tables_of(folder)
    return (DEV, *(name for name in tables if name != DEV))


def shares_store(folder: Path, one: str, other: str) -> bool:
    """Tell whether two environments of a project's folder keep everything in one store. Raises UsageError.

    >>> shares_store(Path("/nowhere"), "dev", "dev")
    True
    """
    tables = _tables_of(folder)
    own = {name for name, table in tables.items() if name != DEV and table.keys() & {"home", *_OF_A_STORE}}
    return one == other or not own & {one, other}


def _tables_of(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the tables of a folder's environments; that of a name in the local file takes the place of the other."""
    tables: dict[str, dict[str, Any]] = {}
    for file in (folder / FILE, folder / LOCAL_FILE):
        if file.is_file():
            tables |= _environments(_read(file).get("environments", {}), str(file))
    return tables


def _environments(given: Any, where: str) -> dict[str, dict[str, Any]]:
    if not isinstance(given, dict) or not all(isinstance(table, dict) for table in given.values()):
        raise UsageError(f"{where} sets environments to {given!r}; write a table for each, as [environments.staging]")
    return {check_name("environment", name): table for name, table in given.items()}


def _apply_environment(settings: Settings, tables: dict[str, dict[str, Any]], name: str, where: str) -> Settings:
    names = dict.fromkeys([DEV, *tables])
    if name not in names:
        raise UsageError(
            f"{where} has no environment {name!r}.{did_you_mean(name, names)} There is: {', '.join(names)}; "
            f"add a table [environments.{name[:100]}]"
        )
    table = tables.get(name, {})
    if "env" in table:
        raise UsageError(f"{where} sets 'env' in [environments.{name}]; an environment's name is that of its table")
    if "home" not in table and table.keys() & _OF_A_STORE:
        settings = replace(settings, home=settings.home.with_name(f"{settings.home.name}-{name}"))
    return replace(_apply(settings, table, f"[environments.{name}] of {where}"), env=name)


def _below(folder: Path, place: str) -> str:
    """Return a place, a folder as seen from the project's."""
    return str(folder / Path(place).expanduser()) if place and "://" not in place else place


def clock_of(settings: Settings) -> Clock:
    """Return the clock that the settings name. Raises UnavailableError for a file that holds no instant.

    >>> clock_of(Settings()).now().tzinfo
    datetime.timezone.utc
    """
    if settings.clock == Path():
        return SystemClock()
    clock = StoredClock(settings.clock)
    clock.now()
    return clock


def _check_ports(settings: Settings) -> None:
    if settings.data_plane_port() > 65535:
        raise UsageError("port 65535 leaves none for the data plane, which takes the next; choose a smaller port")
    if settings.port and settings.port == settings.serving_port:
        raise UsageError(f"port and serving_port are both {settings.port}; choose another for one of them")


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} is not TOML: {error}") from error


def _apply(settings: Settings, given: Mapping[str, Any], where: str) -> Settings:
    names = [each.name for each in fields(Settings)]
    for name in given:
        if name not in names:
            raise UsageError(
                f"{where} sets {name!r}, which is no setting.{did_you_mean(name, names)} Known: {', '.join(names)}"
            )
    return replace(settings, **{name: _typed(name, value, where) for name, value in given.items()})


def _typed(name: str, value: Any, where: str) -> Any:
    default = getattr(Settings(), name)
    if name == "tables_encrypted_by" and value not in {"", "storage"}:
        raise UsageError(f"{where} sets {name} to {value!r}; it takes 'storage', or nothing")
    if name in _TABLES:
        return _TABLES[name](value, where)
    if name == "openlineage" and value and not str(value).startswith(("http://", "https://", "file:")):
        raise UsageError(f"{where} sets openlineage to {value!r}; it takes http://, https:// or file: and a path")
    if isinstance(default, Path) and isinstance(value, str | Path):
        return Path(value).expanduser()
    if isinstance(default, tuple):
        values = value.split(",") if isinstance(value, str) else value
        if isinstance(values, list | tuple) and all(isinstance(item, str) for item in values):
            return tuple(item.strip() for item in values if item.strip())
    elif isinstance(default, int):
        if str(value).isdigit() and not isinstance(value, bool) and int(value) <= 65535:
            return int(value)
        what = "a port is a number" if name.endswith("port") else "it takes a whole number"
        raise UsageError(f"{where} sets {name} to {value!r}; {what} from 0 to 65535")
    elif isinstance(value, str):
        return value
    raise UsageError(
        f"{where} sets {name} to {value!r}; it takes {'a list of names' if isinstance(default, tuple) else 'text'}"
    )


def _pools(value: Any, where: str) -> Mapping[str, Any]:
    """Read the tables ``[pools.NAME]``, or JSON of the environment; quotas are read by whoever draws on them."""
    if isinstance(value, str):
        with suppress(ValueError):
            value = json.loads(value)
    if isinstance(value, dict) and all(isinstance(quota, dict) for quota in value.values()):
        return value
    raise UsageError(f"{where} sets pools to {value!r}; write [pools.gpu] with a line such as gpus = 2")


def _lines(value: Any, where: str) -> tuple[tuple[str, str], ...]:
    """Read the table ``[retention]``, or ``runs = last 50, 90d; predictions = 90d`` of the environment."""
    if isinstance(value, tuple):
        return value
    if isinstance(value, str):
        lines = [line.partition("=") for line in value.split(";") if line.strip()]
        value = {kind.strip(): rule.strip() for kind, _, rule in lines}
    if isinstance(value, dict) and all(isinstance(rule, str) for rule in value.values()):
        return tuple(value.items())
    raise UsageError(f'{where} sets retention to {value!r}; it takes a table of rules such as runs = "last 50, 90d"')


#: What is a table, or written otherwise than the plain kinds, and how it is read.
_TABLES: dict[str, Callable[[Any, str], Any]] = {
    "encryption": parse_key_source,
    "params": parse_param_tables,
    "pins": parse_pins,
    "pools": _pools,
    "prices": parse_prices,
    "retention": _lines,
}
