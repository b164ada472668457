# SPDX-License-Identifier: GPL-2.0-only
"""Asks a terminal who it is with pyzk, in a process of its own (docs/decisions/0002-licence.md).

Run as a program, never imported: `python -I -S pyzk_process.py FOLDER_OF_PYZK HOST PORT [users]`. The comm key comes in
on stdin. One JSON object goes to stdout: serial, platform, firmware, device_name, users (list or null; passwords are
dropped here) and error (null, or kind key|network|protocol with pyzk's words).
"""

import json
import signal
import sys
from collections.abc import Callable

TIMEOUT_S = 5
LIFETIME_S = 12  # pyzk can spin for ever on a cut line; the process ends then, also when its parent is gone


def main() -> int:
    """Reads the arguments and the key, asks, answers; exit code 1 beside an error in the answer."""
    signal.alarm(LIFETIME_S)
    folder, host, port, *wanted = sys.argv[1:]
    comm_key = int(sys.stdin.readline() or "0")
    answer_stream, sys.stdout = sys.stdout, sys.stderr  # pyzk prints warnings; stdout holds the answer alone
    sys.path.append(folder)
    answer: dict[str, object] = dict.fromkeys(("serial", "platform", "firmware", "device_name", "users", "error"))
    try:
        _ask(answer, host, int(port), comm_key, "users" in wanted)
    except Exception as error:  # whatever pyzk raises is an answer, not a crash
        answer["error"] = {"kind": _kind(error), "message": str(error)}
    json.dump(answer, answer_stream)
    return 1 if answer["error"] else 0


def _ask(answer: dict[str, object], host: str, port: int, comm_key: int, with_users: bool) -> None:
    from zk import ZK  # the folder of pyzk is known only now

    link = ZK(host, port=port, timeout=TIMEOUT_S, password=comm_key, ommit_ping=True)
    link.helper.test_tcp = lambda: 0  # no second connection beside the real one: some terminals allow one session
    link.connect()
    try:
        answer["serial"] = link.get_serialnumber()
        answer["firmware"] = link.get_firmware_version()
        answer["platform"] = _optional(link.get_platform)
        answer["device_name"] = _optional(link.get_device_name)
        if with_users:
            answer["users"] = [
                {"uid": user.uid, "pin": user.user_id, "name": user.name, "privilege": user.privilege}
                for user in link.get_users()
            ]
    finally:
        link.disconnect()


def _optional(getter: Callable[[], object]) -> object:
    """An option that some firmwares do not have."""
    try:
        return getter()
    except Exception:
        return None


def _kind(error: Exception) -> str:
    if str(error) == "Unauthenticated":
        return "key"
    return "network" if type(error).__name__ == "ZKNetworkError" else "protocol"


if __name__ == "__main__":
    sys.exit(main())
