"""Each fault by script does what it says, and an unfaulted login beside it does not."""

import socket
import struct
from pathlib import Path

import pytest

from simulator.bulk import create_bulk
from simulator.faults import Fault, FaultFile
from simulator.frames import Command, fold, frame, word_sum
from simulator.offices import next_free_port
from simulator.server import Server, serve_folder

pytestmark = pytest.mark.unit
COUNT = 3000


class Host:
    """A bare reader for the tests: sends frames, returns payloads as they are."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=1)
        self.session = 0
        self.reply = 0
        self.first, answer = self.ask(Command.CONNECT)
        self.session = struct.unpack_from("<H", answer, 4)[0]

    def ask(self, command: int, data: bytes = b"") -> tuple[int, bytes]:
        self.socket.sendall(frame(command, self.session, self.reply, data))
        self.reply += 1
        return self.receive()

    def receive(self) -> tuple[int, bytes]:
        length = struct.unpack("<I", self.exactly(8)[4:])[0]
        payload = self.exactly(length)
        return struct.unpack_from("<H", payload)[0], payload

    def exactly(self, length: int) -> bytes:
        got = b""
        while len(got) < length:
            part = self.socket.recv(length - len(got))
            if not part:
                raise ConnectionResetError
            got += part
        return got

    def count(self) -> int:
        return struct.unpack_from("<i", self.ask(Command.GET_FREE_SIZES)[1], 8 + 32)[0]

    def prepare(self) -> int:
        return struct.unpack_from("<I", self.ask(Command.PREPARE_BUFFER, struct.pack("<bhii", 1, 13, 0, 0))[1], 9)[0]

    def read(self, offset: int, length: int) -> list[tuple[int, bytes]]:
        frames = [self.ask(Command.READ_BUFFER, struct.pack("<ii", offset, length))]
        while frames[-1][0] in (Command.PREPARE_DATA, Command.DATA):
            frames.append(self.receive())
        return frames


def is_sound(payload: bytes) -> bool:
    command, checksum, session, reply = struct.unpack_from("<HHHH", payload)
    return checksum == fold(command + session + reply + word_sum(payload[8:]))


@pytest.fixture
def served(tmp_path: Path):
    ports = create_bulk(tmp_path, {"T": COUNT}, base_port=48400)
    server, _ = serve_folder(tmp_path)
    server.faults = FaultFile()
    with server:
        yield server, ports["T"]


def given(server: Server, **fault: object) -> None:
    server.faults.set({"T": Fault.model_validate(fault)})


def test_a_sound_read_is_prepare_data_and_ack_with_one_reply_number(served):
    _, port = served
    host = Host(port)

    size = host.prepare()
    frames = host.read(0, 0xFFC0)

    assert size == COUNT * 40 + 4
    assert [command for command, _ in frames] == [Command.PREPARE_DATA, Command.DATA, Command.ACK_OK]
    assert len({payload[6:8] for _, payload in frames}) == 1
    assert all(is_sound(payload) for _, payload in frames)
    assert frames[1][1][8:12] == struct.pack("<I", COUNT * 40)


def test_bad_checksum_hits_the_numbered_data_frame_only(served):
    server, port = served
    given(server, bad_checksum=2)
    host = Host(port)
    host.prepare()

    assert is_sound(host.read(0, 4000)[1][1])
    assert not is_sound(host.read(4000, 4000)[1][1])
    assert is_sound(host.read(8000, 4000)[1][1])


def test_cut_resets_after_so_many_bytes(served):
    server, port = served
    given(server, cut_after=5000)
    host = Host(port)
    host.prepare()

    with pytest.raises(ConnectionResetError):
        host.read(0, 0xFFC0)


def test_hang_goes_silent(served):
    server, port = served
    given(server, hang_after=5000)
    host = Host(port)
    host.prepare()

    with pytest.raises(TimeoutError):
        host.read(0, 0xFFC0)


def test_times_ends_a_fault(served):
    server, port = served
    given(server, wrong_key=True, times=1)

    assert Host(port).first == Command.ACK_UNAUTH
    assert Host(port).first == Command.ACK_OK


def test_refuse_closes_the_port_until_it_is_taken_back(served):
    server, port = served
    given(server, refuse=True)
    server.open_and_close()

    with pytest.raises(OSError, match=r"refused|reset"):
        Host(port)
    assert next_free_port(port) != port, "another city would answer in its place"

    server.faults.set({})
    server.open_and_close()
    assert Host(port).first == Command.ACK_OK


@pytest.mark.parametrize(("grow_in", "records"), [("after", COUNT - 3), ("snapshot", COUNT)])
def test_the_counter_grows_during_a_read_and_stays(served, grow_in, records):
    server, port = served
    given(server, grow=3, grow_in=grow_in)
    host = Host(port)

    before, size, after = host.count(), host.prepare(), host.count()

    assert (before, (size - 4) // 40, after) == (COUNT - 3, records, COUNT)
    assert Host(port).count() == COUNT


def test_data_frames_and_segments_can_be_small(served):
    server, port = served
    given(server, frame_bytes=1000, segment=7)
    host = Host(port)
    host.prepare()

    frames = host.read(0, 4000)

    assert [command for command, _ in frames].count(Command.DATA) == 4
    assert all(is_sound(payload) for _, payload in frames)


def test_push_only_counts_nothing_and_refuses_the_transfer(served):
    server, port = served
    given(server, push_only=True)
    host = Host(port)

    assert host.count() == 0
    assert host.ask(Command.PREPARE_BUFFER, struct.pack("<bhii", 1, 13, 0, 0))[0] == 4989


def test_a_piece_outside_the_buffer_is_an_error(served):
    _, port = served
    host = Host(port)
    size = host.prepare()

    assert host.read(size - 10, 11)[0][0] == Command.ACK_ERROR


def test_faults_are_read_again_when_the_file_changes(tmp_path: Path):
    path = tmp_path / "faults.json"
    path.write_text("{}", encoding="utf-8")
    faults = FaultFile(path)
    assert not faults.of("T").refuse

    path.write_text('{"T": {"refuse": true}}', encoding="utf-8")

    assert faults.of("T").refuse
