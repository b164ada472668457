"""Put on PYTHONPATH: every Python below writes down, and refuses, what would leave this machine or listen to others."""

from __future__ import annotations

import os
import socket
import sys

LOG = os.environ.get("HADIR_TEST_NETWORK_LOG")
OWN_NAMES = {"localhost", socket.gethostname(), None, ""}


def _is_here(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    return name in OWN_NAMES or str(name).startswith("127.") or name == "::1"


def _refuse(event: str, host: object) -> None:
    with open(LOG, "a", encoding="utf-8") as log:  # type: ignore[arg-type]
        log.write(f"{event} {host} {' '.join(sys.argv[:3])}\n")
    raise PermissionError(f"{event} {host}: only this machine in tests")


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.getaddrinfo" and not _is_here(arguments[0]):
        _refuse(event, arguments[0])
    if event in ("socket.connect", "socket.bind") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
        if not _is_here(host) or (event == "socket.bind" and host == ""):
            _refuse(event, host)


if LOG:
    sys.addaudithook(_watch)
