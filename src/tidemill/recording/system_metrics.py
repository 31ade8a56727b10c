"""How busy the machine is while a run goes on: read from the system now and then, nothing is patched.

    system/cpu_percent, system/memory_bytes, system/process_memory_bytes, system/disk_read_bytes,
    system/disk_written_bytes, system/network_received_bytes, system/network_sent_bytes,
    system/gpu_0_percent, system/gpu_0_memory_bytes, ...

Counters are since the last sample. Linux tells all of it in /proc; elsewhere psutil does, when it is installed. GPUs
are asked for by `nvidia-smi`, when there is one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

EVERY_S = 10.0
_PROC = Path("/proc")
_SECTOR_BYTES = 512
_NVIDIA = "nvidia-smi"
_ASKED = ("--query-gpu=index,utilization.gpu,memory.used", "--format=csv,noheader,nounits")
_WITHIN_S = 5


class SystemMetrics:
    """Samples this machine. For one thread.

    proc: where the system tells. gpus: what tells of GPUs, as `nvidia-smi` prints it; None looks for one.
    """

    def __init__(self, proc: Path = _PROC, gpus: Callable[[], str] | None = None) -> None:
        self._proc = proc
        self._counted: dict[str, float] = {}
        has_gpu = gpus is None and shutil.which(_NVIDIA) is not None
        self._gpus = _ask_nvidia if has_gpu else gpus
        self._read = self._of_linux if (proc / "stat").is_file() else _of_psutil
        self._busy: tuple[float, float] | None = None
        self.sample()  # counters count from here

    def sample(self) -> dict[str, float]:
        """Return what can be told now; less where the system does not tell."""
        found: dict[str, float] = {}
        with suppress(Exception):
            found = dict(self._read())
        told = {}
        for name, value in found.items():
            if name.endswith(("read_bytes", "written_bytes", "received_bytes", "sent_bytes")):
                told[name] = max(0.0, value - self._counted.get(name, value))
                self._counted[name] = value
            else:
                told[name] = value
        if self._gpus is not None:
            try:
                told |= gpu_metrics(self._gpus())
            except Exception:  # noqa: BLE001 - a driver that fails is not asked again
                self._gpus = None
        return {f"system/{name}": value for name, value in told.items()}

    def _of_linux(self) -> Mapping[str, float]:
        found = {**self._cpu(), **self._memory(), **self._disks(), **self._network()}
        with suppress(OSError, ValueError, IndexError):
            pages = int((self._proc / "self" / "statm").read_text().split()[1])
            found["process_memory_bytes"] = float(pages * os.sysconf("SC_PAGE_SIZE"))
        return found

    def _cpu(self) -> dict[str, float]:
        times = [float(each) for each in (self._proc / "stat").read_text().split("\n", 1)[0].split()[1:9]]
        total, idle = sum(times), times[3] + times[4]
        before, self._busy = self._busy, (total, idle)
        if before is None or total <= before[0]:
            return {}
        return {"cpu_percent": round(100 * (1 - (idle - before[1]) / (total - before[0])), 2)}

    def _memory(self) -> dict[str, float]:
        lines = (line.split() for line in (self._proc / "meminfo").read_text().splitlines())
        told = {words[0].rstrip(":"): float(words[1]) for words in lines if len(words) > 1}
        return {"memory_bytes": (told["MemTotal"] - told["MemAvailable"]) * 1024}

    def _disks(self) -> dict[str, float]:
        read = written = 0.0
        for line in (self._proc / "diskstats").read_text().splitlines():
            words = line.split()
            whole = len(words) > 9 and (Path("/sys/block") / words[2]).exists()
            if whole and not words[2].startswith(("loop", "ram", "dm-")):
                read, written = read + float(words[5]), written + float(words[9])
        return {"disk_read_bytes": read * _SECTOR_BYTES, "disk_written_bytes": written * _SECTOR_BYTES}

    def _network(self) -> dict[str, float]:
        received = sent = 0.0
        for line in (self._proc / "net" / "dev").read_text().splitlines()[2:]:
            name, _, told = line.partition(":")
            words = told.split()
            if name.strip() != "lo" and len(words) > 8:
                received, sent = received + float(words[0]), sent + float(words[8])
        return {"network_received_bytes": received, "network_sent_bytes": sent}


def gpu_metrics(text: str) -> dict[str, float]:
    """Read what `nvidia-smi` prints of index, utilisation in percent and memory in MiB.

    >>> gpu_metrics("0, 87, 1024")
    {'gpu_0_percent': 87.0, 'gpu_0_memory_bytes': 1073741824.0}
    """
    told = {}
    for line in text.strip().splitlines():
        index, percent, memory = (word.strip() for word in line.split(","))
        for name, value, unit in (("percent", percent, 1), ("memory_bytes", memory, 1 << 20)):
            with suppress(ValueError):  # such as [N/A]
                told[f"gpu_{index}_{name}"] = float(value) * unit
    return told


def _ask_nvidia() -> str:
    done = subprocess.run([_NVIDIA, *_ASKED], capture_output=True, text=True, timeout=_WITHIN_S, check=True)
    return done.stdout


def _of_psutil() -> Mapping[str, float]:
    psutil: Any = sys.modules.get("psutil") or import_module("psutil")
    disk, network, memory = psutil.disk_io_counters(), psutil.net_io_counters(), psutil.virtual_memory()
    return {
        "cpu_percent": psutil.cpu_percent(),
        "memory_bytes": float(memory.total - memory.available),
        "process_memory_bytes": float(psutil.Process().memory_info().rss),
        "disk_read_bytes": float(disk.read_bytes),
        "disk_written_bytes": float(disk.write_bytes),
        "network_received_bytes": float(network.bytes_recv),
        "network_sent_bytes": float(network.bytes_sent),
    }
