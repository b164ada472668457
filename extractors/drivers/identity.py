"""Who a terminal is, asked through pyzk in its own process (see docs/decisions/0002-licence.md)."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from extractors.drivers.zk import parse_address
from extractors.errors import ReadTerminal

logger = logging.getLogger(__name__)

PROGRAM: Final = Path(__file__).with_name("pyzk_process.py")
PATIENCE_S: Final = 14.0  # the process ends itself before that


@dataclass(frozen=True, slots=True)
class Identity:
    """What pyzk learned; null where the terminal did not say."""

    serial: str | None = None
    platform: str | None = None
    firmware: str | None = None
    device_name: str | None = None
    users: tuple[dict[str, Any], ...] | None = None


def ask_identity(address: str, comm_key: int, *, with_users: bool = False) -> Identity:
    """Serial, platform, firmware, device name and on request the users (without passwords).

    What pyzk cannot read stays null: our own session, which verifies each frame, judges the line.

    Raises:
        ReadTerminal: the terminal refuses the comm key.
        WrongAddress: not an address.
    """
    host, port, is_udp = parse_address(address)
    spec = find_spec("zk")
    if is_udp or spec is None or not spec.submodule_search_locations:
        return Identity()  # pyzk takes any datagram for the answer to its question
    folder = str(Path(next(iter(spec.submodule_search_locations))).parent)
    command = [sys.executable, "-I", "-S", str(PROGRAM), folder, host, str(port), *(["users"] if with_users else [])]
    try:
        done = subprocess.run(
            command, input=f"{comm_key}\n", capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
        answer = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        answer = {"error": {"kind": "protocol", "message": "no answer"}}
    error = answer.pop("error")
    if error is None:
        return Identity(**{**answer, "users": tuple(answer["users"]) if answer["users"] is not None else None})
    if error["kind"] == "key":
        raise ReadTerminal("login", "Kunci komunikasi (comm key) ditolak mesin; periksa kuncinya di menu mesin.")
    logger.info("pyzk could not ask %s:%s (%s)", host, port, error["kind"])
    return Identity(**{field: answer.get(field) for field in ("serial", "platform", "firmware", "device_name")})
