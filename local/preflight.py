"""What can be known to fail before anything is started: Python, disk, ports. One clear sentence each."""

from __future__ import annotations

import shutil
import socket
import sys
from pathlib import Path
from typing import Final

from warehouse.console import Exit, Problem

OLDEST: Final = (3, 11)
TOO_NEW: Final = (3, 14)
NEEDED_MB: Final = 1000


def check_python(version: tuple[int, int]) -> None:
    """Raises a Problem (exit code 2) unless the lock file covers this Python."""
    if not OLDEST <= version < TOO_NEW:
        raise Problem(
            f"Python {version[0]}.{version[1]} tidak didukung; pakai 3.11, 3.12 atau 3.13 lalu ulangi 'make setup'.",
            Exit.WRONG_USE,
        )


def check_disk(folder: Path, needed_mb: int = NEEDED_MB) -> None:
    """Raises a Problem when the folder's disk has less than `needed_mb` free."""
    folder.mkdir(parents=True, exist_ok=True)
    free_mb = shutil.disk_usage(folder).free // 2**20
    if free_mb < needed_mb:
        raise Problem(f"Ruang disk kurang: butuh {needed_mb} MB bebas di {folder}, ada {free_mb} MB.")


def check_machine(folder: Path) -> None:
    """Python and disk, before a demo or a live city starts."""
    check_python(sys.version_info[:2])
    check_disk(folder)


def is_free(port: int) -> bool:
    """True when a program of ours could listen at this port of the loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def check_port(port: int, option: str) -> None:
    """Raises a Problem that names the option when another program has the port."""
    if not is_free(port):
        raise Problem(f"Porta {port} sudah dipakai program lain; pilih yang lain dengan {option} PORTA.")


def free_port() -> int:
    """Some port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
