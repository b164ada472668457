"""Terminals with a web server: read completely, or refused as a whole with the right class and phase."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.drivers.solution import probe_solution, read_solution_log, read_user_names
from extractors.drivers.solution_xml import parse_rows
from extractors.drivers.usb_file import parse_attlog
from extractors.drivers.zk import Contact
from extractors.drivers.zk_frames import Deadlines, Overdue
from extractors.errors import ReadFailed, WrongAddress
from extractors.records import TimeBounds
from simulator.solution import SolutionFault, SolutionPunch, SolutionTerminal, serving

pytestmark = pytest.mark.unit

NOW = datetime(2017, 3, 1, 17, 0)
QUICK = Deadlines(connect_s=0.5, frame_s=0.5, no_progress_s=1.0)


def punches(count: int) -> list[SolutionPunch]:
    """Verified 1, 4 and 15, Status 0 also in the afternoon; each PIN punches twice, 2 s apart."""
    start = datetime(2017, 3, 1, 7, 30)
    times = [start + timedelta(seconds=index // 2 * 60 + index % 2 * 2) for index in range(count)]
    return [
        SolutionPunch(f"{index // 2:04}", f"{at:%Y-%m-%d %H:%M:%S}", (1, 4, 15)[index % 3])
        for index, at in enumerate(times)
    ]


def machine(count: int = 40, **changes: Any) -> SolutionTerminal:
    return SolutionTerminal("6063163900123", lambda: NOW, punches(count), **changes)


def read(address: str, key: int = 0, **more: Any) -> Any:
    return read_solution_log(address, key, lambda: NOW - timedelta(seconds=90), deadlines=QUICK, **more)


def test_the_whole_log_is_read_and_proven_by_two_readings() -> None:
    with serving(machine(comm_key=123)) as address:
        log = read(address, 123, expected_serial="6063163900123")

    batch = parse_attlog(log.text, TimeBounds()).batch
    assert (log.serial, log.counted_before, log.counted_after, log.clock_drift_s) == ("6063163900123", 40, 40, 90)
    assert batch.pin.tolist()[:3] == [b"0000", b"0000", b"0001"]
    assert batch.verify.tolist()[:3] == [1, 4, 15]
    assert str(batch.punched_at[1]) == "2017-03-01T07:30:02"


def test_an_empty_log_is_an_empty_log_where_the_serial_was_told() -> None:
    with serving(machine(0)) as address:
        assert read(address).text == b""


def test_rows_that_come_while_reading_are_left_for_the_next_time() -> None:
    with serving(machine(hidden=6, fault=SolutionFault(method="GetAttLog", grow=3))) as address:
        log = read(address)

    assert (log.counted_before, log.counted_after, log.text.count(b"\n")) == (34, 37, 34)


def test_impossible_and_torn_rows_are_rejects_beside_the_others() -> None:
    log = [SolutionPunch("1", "2017-02-30 07:00:00"), SolutionPunch("", "2017-03-01 07:00:00"),
           SolutionPunch("3", "2017-03-01 07:00:00")]  # fmt: skip
    with serving(SolutionTerminal("S1", lambda: NOW, log)) as address:
        parsed = parse_attlog(read(address).text, TimeBounds())

    assert [one.reason for one in parsed.batch.rejects] == ["tanggal mustahil", "PIN tidak terbaca"]
    assert parsed.batch.ordinal.tolist() == [2]


LOG = "GetAttLog"
FAULTS: dict[str, tuple[SolutionFault, str, str]] = {
    "closing tag cut off": (SolutionFault(method=LOG, cut_body=3000), "transient", "transfer"),
    "cut between two rows": (SolutionFault(method=LOG, cut_body=14), "transient", "transfer"),
    "reset": (SolutionFault(method=LOG, cut_body=900, is_reset=True), "transient", "transfer"),
    "nothing": (SolutionFault(method=LOG, says=b""), "transient", "transfer"),
    "silence": (SolutionFault(method=LOG, hang_body=500), "transient", "transfer"),
    "trickling": (SolutionFault(method=LOG, trickle_s=0.02), "transient", "transfer"),
    "a page sent twice": (SolutionFault(method=LOG, repeat=5), "transient", "decode"),
    "a page sent twice once": (SolutionFault(method=LOG, repeat=5, times=1), "transient", "decode"),
    "rows left out once": (SolutionFault(method=LOG, drop=3, times=1), "transient", "decode"),
    "document type": (SolutionFault(method=LOG, entities=True), "unsupported", "transfer"),
    "another answer": (SolutionFault(method=LOG, says=b"<GetDateResponse></GetDateResponse>"), "transient", "transfer"),
    "deep": (SolutionFault(method=LOG, says=b"<a>" * 40), "unsupported", "transfer"),
    "busy": (SolutionFault(method=LOG, status=503), "transient", "transfer"),
    "short of its length": (SolutionFault(method=LOG, headers="Content-Length: 999999\r\n"), "transient", "transfer"),
    "chunked": (SolutionFault(method=LOG, headers="Transfer-Encoding: chunked\r\n"), "unsupported", "transfer"),
    "no such service": (SolutionFault(status=404), "unsupported", "login"),
    "login wanted": (SolutionFault(status=401), "terminal", "login"),
    "no clock": (SolutionFault(method="GetDate", says=b"<GetDateResponse></GetDateResponse>"), "terminal", "sizes"),
    "no serial": (
        SolutionFault(method="GetOption", says=b"<GetOptionResponse></GetOptionResponse>"), "unsupported", "login"
    ),
}  # fmt: skip


@pytest.mark.parametrize("growing", [0, 4])
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_refuses_the_read_with_its_class_and_phase(name: str, growing: int) -> None:
    fault, error_class, phase = FAULTS[name]
    with serving(machine(hidden=growing, fault=fault)) as address, pytest.raises(ReadFailed) as caught:
        read(address)

    assert (caught.value.error_class, caught.value.phase, caught.value.is_unreachable) == (error_class, phase, False)


def test_an_answer_that_trickles_ends_with_the_time_of_the_pull() -> None:
    fault = SolutionFault(method=LOG, trickle_s=0.02)
    with serving(machine(fault=fault)) as address, pytest.raises(Overdue) as caught:
        read_solution_log(address, 0, lambda: NOW, deadlines=Deadlines(whole_s=1))

    assert caught.value.phase == "transfer"


def test_a_body_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extractors.drivers.solution_http.MAX_BODY", 20_000)
    fault = SolutionFault(method=LOG, padding=60_000)
    with serving(machine(fault=fault)) as address, pytest.raises(ReadFailed, match="tidak masuk akal"):
        read(address)


def test_a_wrong_key_is_never_an_empty_log() -> None:
    with serving(machine(comm_key=123)) as address, pytest.raises(ReadFailed, match="comm key") as caught:
        read(address, 124)

    assert (caught.value.error_class, caught.value.phase) == ("terminal", "login")


def test_another_terminal_at_the_address_is_refused() -> None:
    contact = Contact()
    with serving(machine()) as address, pytest.raises(ReadFailed, match="6063163900123, bukan S2"):
        read(address, expected_serial="S2", contact=contact)


def test_a_clock_that_is_set_meanwhile_refuses_the_read() -> None:
    clocks = iter([NOW, NOW + timedelta(hours=1)])
    terminal = SolutionTerminal("S1", lambda: next(clocks), punches(4))
    with serving(terminal) as address, pytest.raises(ReadFailed, match="Jam mesin diubah"):
        read(address)


def test_nobody_there_is_unreachable() -> None:
    with serving(machine()) as address:
        pass
    with pytest.raises(ReadFailed) as caught:
        read(address)

    assert caught.value.is_unreachable


@pytest.mark.parametrize(
    "address", ["soap://", "soap://h:x", "soap://h:0", "soap://u@h", "soap://h/x", "http://h", "soap://h:99999"]
)
def test_an_address_of_another_form_is_wrong_use(address: str) -> None:
    with pytest.raises(WrongAddress):
        read(address)


def test_probe_asks_who_is_there_and_not_for_the_log() -> None:
    terminal, contact = machine(), Contact()
    with serving(terminal) as address:
        found = probe_solution(address, 0, lambda: NOW, contact, QUICK)

    assert (found.platform, contact.serial, contact.clock_drift_s) == ("ZEM560", "6063163900123", 0)
    assert LOG not in terminal.asked


def test_user_names_come_by_the_pin_of_the_log_and_without_passwords() -> None:
    with serving(machine(users=[(1, "Siti & Budi", "101"), (2, "", "102")])) as address:
        assert read_user_names(address, 0, "6063163900123", QUICK) == {"101": "Siti & Budi", "102": ""}


def test_names_that_break_the_answer_are_no_names() -> None:
    fault = SolutionFault(method="GetUserInfo", says=b"<GetUserInfoResponse><Row><Name>A & B</Name>")
    with serving(machine(fault=fault)) as address:
        assert read_user_names(address, 0, "6063163900123", QUICK) == {}


def test_an_envelope_around_the_answer_is_read_through() -> None:
    head = b'<?xml version="1.0"?><s:Envelope xmlns:s="u"><s:Body><n:GetAttLogResponse xmlns:n="v">'
    body = head + b"<Row><PIN>1</PIN></Row></n:GetAttLogResponse></s:Body></s:Envelope>\0\r\n"

    assert parse_rows(body, LOG, ("PIN", "WorkCode"), "transfer") == [("1", "")]


def test_a_tab_or_a_line_break_in_a_field_makes_no_second_column_or_line() -> None:
    body = b"<GetAttLogResponse><Row><PIN>1&#9;2&#10;3</PIN></Row></GetAttLogResponse>"

    assert parse_rows(body, LOG, ("PIN",), "transfer") == [("1 2 3",)]


TAGS = b"<GetAttLogResponse> </GetAttLogResponse> <Row> </Row> <PIN> </PIN> 7 & &#9; \xe9 < <!DOCTYPE".split()
PIECES = [*TAGS, b" ", b"x>"]


@given(st.lists(st.sampled_from(PIECES), max_size=14).map(b"".join) | st.binary(max_size=200))
def test_any_body_becomes_rows_or_a_refusal(body: bytes) -> None:
    try:
        rows = parse_rows(body, LOG, ("PIN", "DateTime"), "transfer")
    except ReadFailed:
        return
    assert all(len(row) == 2 for row in rows)
    assert b"</GetAttLogResponse>" in body or b"<GetAttLogResponse/>" in body
