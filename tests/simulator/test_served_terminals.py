"""pyzk, written by others, reads the simulated terminals."""

import socket
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from zk import ZK
from zk.exception import ZKErrorResponse

from simulator.bulk import create_bulk
from simulator.clock import ClockState, write_clock
from simulator.server import Server, serve_folder
from simulator.terminal import Terminal

pytestmark = pytest.mark.unit
KEY = 4711


@pytest.fixture
def bulk(tmp_path: Path):
    ports = create_bulk(tmp_path, {"SMALL": 20, "LARGE": 5000, "EMPTY": 0}, base_port=48300, comm_key=KEY)
    server, _ = serve_folder(tmp_path)
    with server:
        yield tmp_path, ports


def host(port: int, key: int = KEY) -> ZK:
    return ZK("127.0.0.1", port=port, timeout=5, password=key, ommit_ping=True)


@pytest.mark.parametrize(("serial", "count"), [("SMALL", 20), ("LARGE", 5000), ("EMPTY", 0)])
def test_pyzk_reads_the_whole_log(bulk, serial, count):
    folder, ports = bulk
    stored = np.load(folder / "terminals" / f"{serial}.appears.npy").astype("datetime64[s]").tolist()

    terminal = host(ports[serial]).connect()
    punches = terminal.get_attendance()
    terminal.disconnect()

    assert [punch.timestamp for punch in punches] == stored
    assert len(punches) == count


def test_pyzk_reads_users_time_and_options(bulk):
    folder, ports = bulk
    write_clock(folder / "clock.json", ClockState(mode="frozen", at=datetime(2017, 2, 28, 18, 0, 0)))

    terminal = host(ports["SMALL"]).connect()

    assert terminal.get_time() == datetime(2017, 2, 28, 18, 0, 0)
    assert [user.user_id for user in terminal.get_users()] == [str(pin) for pin in range(101, 601)]
    assert terminal.get_serialnumber() == "SMALL"
    assert terminal.get_platform() == "ZMM210_TFT"
    assert terminal.get_firmware_version().startswith("Ver 6.60")
    assert terminal.get_fp_version() == 10
    terminal.read_sizes()
    assert (terminal.records, terminal.rec_cap, terminal.rec_av) == (20, 100_000, 99_980)
    terminal.disconnect()


def test_a_wrong_key_is_refused(bulk):
    _, ports = bulk

    with pytest.raises(ZKErrorResponse, match="Unauthenticated"):
        host(ports["SMALL"], key=1).connect()


def test_only_punches_up_to_the_device_clock_are_given(small_city: Path):
    server, clock = serve_folder(small_city)
    with server:
        fast = next(t for t in server.terminals if t.state.drift_s == 240)
        write_clock(small_city / "clock.json", ClockState(mode="frozen", at=datetime(2017, 3, 29, 12, 0, 0)))

        terminal = host(fast.state.port, fast.state.comm_key).connect()
        punches = terminal.get_attendance()
        device_time = terminal.get_time()
        terminal.disconnect()

    assert device_time == datetime(2017, 3, 29, 12, 4, 0)
    assert punches
    assert max(punch.timestamp for punch in punches) <= device_time
    assert len(punches) == int((fast.appears_at <= np.datetime64(device_time, "s").astype(np.int64)).sum())
    assert clock.now() == int(np.datetime64("2017-03-29T12:00:00", "s").astype(np.int64))


def test_an_offline_terminal_refuses_and_gives_its_log_later(small_city: Path):
    server, _ = serve_folder(small_city)
    dead = next(t for t in server.terminals if t.state.offline)
    write_clock(small_city / "clock.json", ClockState(mode="frozen", at=datetime(2017, 3, 29, 18, 0, 0)))
    with server:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", dead.state.port), timeout=2)

        write_clock(small_city / "clock.json", ClockState(mode="frozen", at=datetime(2017, 3, 31, 10, 0, 0)))
        server.open_and_close()
        terminal = host(dead.state.port, dead.state.comm_key).connect()
        days = {punch.timestamp.date().isoformat() for punch in terminal.get_attendance()}
        terminal.disconnect()

    assert {"2017-03-29", "2017-03-30"} <= days


def test_a_taken_port_is_an_error(bulk):
    folder, ports = bulk
    second, _ = serve_folder(folder)

    with pytest.raises(OSError, match="Address already in use"):
        second.start()

    second.stop()
    assert isinstance(second, Server)
    assert all(isinstance(terminal, Terminal) for terminal in second.terminals)
    assert ports
