"""What befalls simulated terminals of any kind: forms, capacity, clearing, power loss, sessions, op-log, datagrams."""

import socket
import struct
from datetime import datetime

import numpy as np
import pytest

from simulator.bulk import bulk_log
from simulator.clock import wall_seconds
from simulator.faults import NO_FAULT, Fault
from simulator.forms import SIZES
from simulator.frames import USER, Command, decode_time, encode_times, fold, frame, word_sum
from simulator.profiles import PROFILES
from simulator.server import Server
from simulator.session import DeviceRestarts, Session
from simulator.terminal import Terminal, TerminalState

pytestmark = pytest.mark.unit
COUNT = 100


def made(profile: str = "F18", **state: object) -> Terminal:
    records, appears_at = bulk_log(COUNT)
    users = np.zeros(3, USER)
    users["uid"], users["pin"] = [1, 2, 3], [b"101", b"102", b"103"]
    values = {"serial": "T", "port": 47_999, "profile": profile, **state}
    return Terminal(TerminalState.model_validate(values), records, appears_at, users, lambda: int(appears_at[-1]))


def logged_in(terminal: Terminal, fault: Fault = NO_FAULT) -> Session:
    session = Session(terminal, 7, lambda: fault)
    session.answer(Command.CONNECT, 0, b"")
    return session


def words(terminal: Terminal, fault: Fault = NO_FAULT) -> tuple[int, ...]:
    return struct.unpack_from("<20i", terminal.sizes(fault, b"\0"))


@pytest.mark.parametrize("kind", PROFILES)
def test_each_kind_stores_its_form_and_counts_in_its_length(kind: str) -> None:
    terminal = made(kind)
    profile = PROFILES[kind]

    assert len(terminal.log) == COUNT * SIZES[profile.form]
    assert len(terminal.users) == 3 * profile.user_size
    assert len(terminal.sizes(NO_FAULT)) == profile.sizes
    found = words(terminal)
    assert found[8] == (0 if profile.push_only else COUNT)
    assert found[8] + found[19] == found[16]


def test_a_full_terminal_drops_its_oldest_in_blocks() -> None:
    terminal = made(capacity=80, drops=30)

    assert terminal.count(NO_FAULT) == 70
    assert bytes(terminal.log_set(NO_FAULT).view[4:]) == bytes(terminal.log[30 * 40 :])


def test_a_cleared_log_is_empty_and_the_op_log_tells() -> None:
    terminal = made()
    terminal.clear()

    assert terminal.count(NO_FAULT) == 0
    entry = terminal.operation_set().data[4:]
    assert struct.unpack_from("<HB", entry) == (1, 23)


def test_a_loss_of_power_costs_the_clock_and_no_record() -> None:
    terminal = made()
    terminal.lose_power()

    assert terminal.device_time() == wall_seconds(datetime(2000, 1, 1))
    assert terminal.count(NO_FAULT) == COUNT


def test_setting_the_time_stays_and_is_in_the_op_log() -> None:
    terminal = made(drift_s=100)
    word = encode_times(np.array([terminal.clock()], np.int64)).astype("<u4").tobytes()

    logged_in(terminal).answer(Command.SET_TIME, 1, word)

    assert terminal.device_time() == terminal.clock()
    assert [code for code, _ in terminal.operations] == [21]
    assert decode_time(((17 * 12 + 1) * 31 + 30) * 86_400) is None


def test_a_disabled_terminal_stays_so_when_its_host_is_gone() -> None:
    terminal = made()
    logged_in(terminal).answer(Command.DISABLE_DEVICE, 1, b"")

    assert not terminal.is_enabled
    logged_in(terminal).answer(Command.ENABLE_DEVICE, 1, b"")
    assert terminal.is_enabled


def test_more_hosts_than_sessions_are_refused() -> None:
    terminal = made(sessions=1)
    terminal.open_sessions = 2

    answer = b"".join(bytes(piece) for piece in Session(terminal, 8, lambda: NO_FAULT).answer(Command.CONNECT, 0, b""))

    assert struct.unpack_from("<H", answer, 8)[0] == Command.ACK_ERROR


def test_old_firmware_knows_no_buffer_and_sends_everything() -> None:
    session = logged_in(made("LEGACY16"))

    refused = bytes(session.answer(Command.PREPARE_BUFFER, 1, struct.pack("<bhii", 1, 13, 0, 0))[0])
    pieces = session.answer(Command.ATTLOG_RRQ, 2, b"")

    assert struct.unpack_from("<H", refused, 8)[0] == Command.UNKNOWN
    assert struct.unpack_from("<H", bytes(pieces[0]), 8)[0] == Command.PREPARE_DATA


def test_a_restart_ends_the_answer() -> None:
    session = logged_in(made(), Fault(restart_at=1))
    session.answer(Command.PREPARE_BUFFER, 1, struct.pack("<bhii", 1, 13, 0, 0))

    with pytest.raises(DeviceRestarts):
        session.answer(Command.READ_BUFFER, 2, struct.pack("<ii", 0, 100))


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({}, [0, 1, 2]),
        ({"lose_at": (5,)}, [0, 2]),
        ({"duplicate_at": (5,)}, [0, 1, 1, 2]),
        ({"reorder_at": (5,)}, [0, 2, 1]),
    ],
)
def test_datagrams_are_mistreated_by_number(fault: dict[str, object], expected: list[int]) -> None:
    """CONNECT is answered by datagram 1, 1503 by 2, 1504 by PREPARE_DATA (3), DATA (4 to 6) and ACK_OK (7)."""
    terminal = made("F19")
    server = Server([terminal])
    server.faults.set({"T": Fault.model_validate({"frame_bytes": 500, **fault})})
    requests = [(1000, b""), (1503, struct.pack("<bhii", 1, 13, 0, 0)), (1504, struct.pack("<ii", 4, 1500))]
    with server, socket.socket(type=socket.SOCK_DGRAM) as host:
        host.connect(("127.0.0.1", terminal.state.port))
        said = []
        for number, (command, data) in enumerate(requests):
            host.send(frame(command, 0, number, data)[8:])
            said += received(host)

    pieces = [one[8:] for one in said if struct.unpack_from("<H", one)[0] == Command.DATA]
    places = {bytes(terminal.log[start : start + 500]): start // 500 for start in (0, 500, 1000)}
    assert [places[piece] for piece in pieces] == expected
    assert all(is_sound(one) for one in said)


def is_sound(payload: bytes) -> bool:
    command, checksum, session, reply = struct.unpack_from("<HHHH", payload)
    return checksum == fold(command + session + reply + word_sum(payload[8:]))


def received(host: socket.socket) -> list[bytes]:
    """What comes until it is silent for a while."""
    host.settimeout(0.3)
    found = []
    while True:
        try:
            found.append(host.recv(4096))
        except TimeoutError:
            return found
