"""What has not passed the gate waits, with its days and with the reads behind it."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.support.golden_town import AS_OF, land_pull, pass_gate
from tests.support.played_dbt import DAY, NOW, PlayedDbt, as_owner, touch
from tests.support.reference_rows import fetch
from warehouse.build import build
from warehouse.door import build_command
from warehouse.settings import Settings


def read(settings: Settings, serial: str, minute: int, *, is_checked: bool) -> int:
    """One reading of a terminal with one new punch, which touches the person of the same number as the minute."""
    at = datetime(2017, 3, 21, 7, minute)
    pull_id = land_pull(settings, serial, [(at, str(minute))], at, 0, is_checked=is_checked)
    touch(settings, f"E{minute}", pull_id=pull_id)
    return pull_id


def pulls_of(settings: Settings, build_id: int | None) -> list[int]:
    found = fetch(settings, "select pull_id from ops.build_pulls where build_id = %s order by 1", build_id)
    return [int(str(pull_id)) for (pull_id,) in found]


@pytest.mark.db
@pytest.mark.parametrize("is_full", [False, True])
def test_what_the_gate_has_not_seen_waits_with_its_days(dbt: PlayedDbt, is_full: bool) -> None:
    seen = read(dbt.settings, "T-1", 1, is_checked=True)
    unseen = read(dbt.settings, "T-2", 2, is_checked=False)

    first = build(dbt.settings, NOW, full=is_full)

    assert first.waiting_pull_count == 1
    assert pulls_of(dbt.settings, first.build_id) == [seen]
    assert dbt.days[-1] == ([] if is_full else [("E1", DAY)])
    waiting = build(dbt.settings, NOW)
    assert (waiting.skipped, waiting.waiting_pull_count) == (True, 1)

    pass_gate(dbt.settings, unseen)
    second = build(dbt.settings, NOW)

    assert second.waiting_pull_count == 0
    assert pulls_of(dbt.settings, second.build_id) == [unseen]
    assert dbt.days[-1] == [("E2", DAY)]


@pytest.mark.db
def test_a_read_waits_behind_an_unseen_one_of_its_terminal(dbt: PlayedDbt) -> None:
    """Its coverage says that the log is complete, which is not so without the one before."""
    before = read(dbt.settings, "T-1", 1, is_checked=True)
    unseen = read(dbt.settings, "T-1", 2, is_checked=False)
    behind = read(dbt.settings, "T-1", 3, is_checked=True)
    elsewhere = read(dbt.settings, "T-2", 4, is_checked=True)

    first = build(dbt.settings, NOW)

    assert first.waiting_pull_count == 2
    assert pulls_of(dbt.settings, first.build_id) == [before, elsewhere]
    assert dbt.days[-1] == [("E1", DAY), ("E4", DAY)]

    pass_gate(dbt.settings, unseen)
    second = build(dbt.settings, NOW)

    assert pulls_of(dbt.settings, second.build_id) == [unseen, behind]
    assert dbt.days[-1] == [("E2", DAY), ("E3", DAY)]


@pytest.mark.db
def test_an_attempt_that_brought_no_log_waits_for_nothing(dbt: PlayedDbt) -> None:
    read(dbt.settings, "T-1", 1, is_checked=False)
    [(failed,)] = as_owner(
        dbt.settings,
        "insert into raw.pulls (terminal_serial, channel, outcome, started_at, finished_at, error_class, row_hash)"
        " values ('T-1', 'zk', 'unreachable', now(), now(), 'transient', 'h') returning pull_id",
    )
    touch(dbt.settings, "E9")

    report = build(dbt.settings, NOW)

    assert (report.waiting_pull_count, pulls_of(dbt.settings, report.build_id)) == (1, [failed])


@pytest.mark.db
def test_the_command_says_what_waits_and_what_to_do(
    dbt: PlayedDbt, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    read(dbt.settings, "T-1", 1, is_checked=False)
    monkeypatch.setattr("warehouse.door.load_settings", lambda: dbt.settings)
    monkeypatch.setattr("warehouse.door.migrate", lambda _: [])

    build_command(days=None, full=False, as_of=AS_OF.isoformat(), as_json=False)

    assert "1 penarikan belum lolos pemeriksaan" in (told := capsys.readouterr().out)
    assert "hadir check" in told
