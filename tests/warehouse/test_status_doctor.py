"""`hadir status` and `hadir doctor`: a healthy house is told healthy, and each thing that breaks is named."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from tests.support.conservation import break_on_purpose
from tests.support.golden_town import AS_OF, land_pull, pass_gate
from tests.support.reference_rows import execute, register_city, register_terminal
from warehouse import doctor, door
from warehouse import status as status_module
from warehouse.clock import clock_at
from warehouse.connection import connect, connect_superuser
from warehouse.evidence import write_evidence
from warehouse.settings import Settings
from warehouse.status import nearly_full_pct, read_status, status_text

pytestmark = pytest.mark.db

AT = datetime(2017, 3, 31, 7, 20)
NOW = clock_at(AS_OF)
TOUCH = "insert into ops.touched values ('E1', '2017-03-21', 'site')"
BUILT = (
    "insert into ops.builds (started_at, finished_at, state, is_full, as_of, load_id, rules_sha256, day_count)"
    " values (now(), now(), '{}', true, now(), 1, 'h', 1)"
)


def run_sql(settings: Settings, *statements: str) -> None:
    conn = connect(settings, "owner")
    with conn, conn.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    conn.close()


@pytest.fixture
def house(warehouse_db: Settings, tmp_path: Path, server_settings: Settings) -> Settings:
    """Everything in order: one terminal, read, its evidence kept, checked and built."""
    secrets = tmp_path / "secrets"
    shutil.copytree(server_settings.secrets_dir, secrets, ignore=shutil.ignore_patterns("comm_key_*"))  # of other tests
    settings = warehouse_db.model_copy(update={"secrets_folder": secrets})
    settings.var_dir.mkdir()
    register_city(settings)
    register_terminal(settings, "T-1")
    read_terminal(settings, "T-1")
    run_sql(settings, BUILT.format("succeeded"))
    return settings


def read_terminal(settings: Settings, serial: str, minute: int = 20) -> int:
    """A read whose evidence is kept; unlike a real landing it touches nothing."""
    content = f"bukti {serial}".encode()
    write_evidence(settings.evidence_dir, content, hashlib.sha256(content).hexdigest())
    return land_pull(settings, serial, [(AT.replace(minute=minute), "1")], AT.replace(minute=minute), 0)


def found(settings: Settings) -> list[str]:
    return [finding.code for finding in doctor.examine(settings, NOW)]


def test_a_healthy_house_has_nothing_wrong(house: Settings) -> None:
    assert doctor.examine(house, NOW) == []
    assert doctor.findings_text([]) == "Tidak ada yang salah."


def fail_a_pull(settings: Settings) -> None:
    run_sql(
        settings,
        "insert into raw.pulls (terminal_serial, channel, outcome, started_at, finished_at, error_class, row_hash)"
        " values ('T-1', 'zk', 'unreachable', now(), now(), 'transient', 'h2')",
    )


def lose_evidence(settings: Settings) -> None:
    shutil.rmtree(settings.evidence_dir)


def spoil_evidence(settings: Settings) -> None:
    next(path for path in settings.evidence_dir.rglob("*") if path.is_file()).write_bytes(b"x")


def land_unchecked(settings: Settings) -> None:
    land_pull(settings, "T-1", [(AT, "2")], AT.replace(hour=8), 0, is_checked=False)


def fill_a_terminal(settings: Settings) -> None:
    evidence = hashlib.sha256(b"bukti T-1").hexdigest()
    connection = connect(settings, "owner")
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "insert into raw.pulls (terminal_serial, channel, outcome, started_at, finished_at, known_prefix,"
            " counted_before, counted_after, capacity, covers_until_local, evidence_sha256, row_hash)"
            " values ('T-1', 'zk', 'ok', now(), now(), 80000, 80000, 80000, 100000, %s, %s, 'h') returning pull_id",
            (AT, evidence),
        )
        (pull_id,) = cursor.fetchone() or (0,)
    connection.close()
    pass_gate(settings, pull_id)


def open_a_circuit(settings: Settings) -> None:
    run_sql(settings, f"insert into ops.circuits values ('T-1', 3, '{AS_OF}', '{AS_OF + timedelta(minutes=10)}')")


def refuse_a_query(settings: Settings) -> None:
    run_sql(
        settings,
        "insert into ops.push_queries (terminal_serial, from_local, to_local, reason, queued_at, return_code)"
        " values ('T-1', '2017-03-30', '2017-03-31', 'silence', now(), -1004)",
    )


def test_a_circuit_whose_time_has_come_is_no_finding(house: Settings) -> None:
    run_sql(house, f"insert into ops.circuits values ('T-1', 3, '{AS_OF}', '{AS_OF}')")

    assert found(house) == []


def test_the_status_tells_how_far_and_who_is_left_alone(house: Settings) -> None:
    fill_a_terminal(house)
    open_a_circuit(house)

    status = read_status(house, NOW)
    text = status_text(status, house)
    (terminal,) = status.terminals

    assert (terminal.record_count, terminal.records_left_count, terminal.full_pct) == (80000, 20000, 80.0)
    assert terminal.left_alone_until == AS_OF + timedelta(minutes=10)
    assert "Terbaca      : semua sampai 31-03-2017 07.20, 1 dibiarkan dulu, 1 hampir penuh" in text


def test_nearly_full_is_what_the_seed_of_the_pages_says_on_that_day(
    house: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_a_terminal(house)  # 80 percent
    assert found(house) == ["nearly_full"]
    seed = tmp_path / "tamper_parameters.csv"
    seed.write_text(
        f"valid_from,valid_to,nearly_full_pct\n1900-01-01,{AS_OF:%Y-%m-%d},70\n{AS_OF:%Y-%m-%d},,81\n", encoding="ascii"
    )
    monkeypatch.setattr(status_module, "PARAMETERS_SEED", seed)

    assert found(house) == []
    assert nearly_full_pct(AS_OF.date() - timedelta(days=1)) == 70
    with pytest.raises(LookupError, match="1899"):
        nearly_full_pct(date(1899, 12, 31))


def loosen_a_secret(settings: Settings) -> None:
    (settings.secrets_dir / "pg_dbt").chmod(0o644)


def name_a_key(settings: Settings) -> None:
    register_terminal(settings, "T-2", comm_key_name="kunci_dinkes")
    read_terminal(settings, "T-2")


def land_a_wrong_clock(settings: Settings) -> None:
    break_on_purpose(settings, "a reject written behind the ledger's back")
    run_sql(
        settings,
        "insert into raw.rejects select 'T-1', 'epoch:1', 99, '1', '2000-01-01 00:10', 'x', 'sebelum mesin dipasang',"
        " max(pull_id), now() from raw.pulls",
    )


def test_another_terminal_at_an_address_is_named_until_the_right_one_answers(house: Settings) -> None:
    run_sql(
        house,
        "insert into raw.pulls (terminal_serial, channel, outcome, started_at, finished_at, error_class, row_hash)"
        " values ('T-1', 'zk', 'refused', now(), now(), 'terminal', 'h');"
        " insert into raw.terminal_sightings select max(pull_id), 'T-1', 'T-7', 'tcp://10.1.1.1:4370' from raw.pulls",
    )
    assert found(house) == ["failing_terminal", "another_terminal"]

    fail_a_pull(house)
    assert found(house) == ["failing_transient"]


def test_a_key_that_is_there_is_not_missed(house: Settings) -> None:
    name_a_key(house)
    (house.secrets_dir / "comm_key_kunci_dinkes").touch(mode=0o600)

    assert found(house) == []


def configure_airflow(settings: Settings) -> None:
    (settings.var_dir / "airflow").mkdir()
    (settings.var_dir / "airflow" / "airflow.cfg").touch(mode=0o600)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda settings: register_terminal(settings, "T-9"), "never_read"),
        (fail_a_pull, "failing_transient"),
        (land_unchecked, "unchecked_pulls"),
        (lambda settings: run_sql(settings, BUILT.format("failed")), "build_failed"),
        (lambda settings: run_sql(settings, BUILT.format("running")), "build_failed"),
        (lambda settings: execute(settings, TOUCH), "days_waiting"),
        (lose_evidence, "evidence_missing"),
        (spoil_evidence, "evidence_missing"),
        (loosen_a_secret, "secret_readable"),
        (name_a_key, "comm_key_missing"),
        (fill_a_terminal, "nearly_full"),
        (open_a_circuit, "left_alone"),
        (refuse_a_query, "query_refused"),
        (configure_airflow, "pool_missing"),
        (land_a_wrong_clock, "wrong_clock"),
    ],
)  # fmt: skip
def test_what_breaks_is_named(house: Settings, spoil: Callable[[Settings], None], code: str) -> None:
    spoil(house)

    assert found(house) == [code]


def test_a_mended_house_is_healthy_again(house: Settings) -> None:
    pull_id = land_pull(house, "T-1", [(AT, "2")], AT.replace(hour=8), 0, is_checked=False)
    assert found(house) == ["unchecked_pulls"]

    pass_gate(house, pull_id)

    assert found(house) == []


def test_a_build_that_lives_is_not_called_dead(house: Settings) -> None:
    run_sql(house, BUILT.format("running"))
    conn = connect(house, "dbt")
    with conn.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(hashtext('hadir.build'))")
    conn.commit()

    assert found(house) == []
    conn.close()


def test_an_empty_house_asks_for_the_site_folder(warehouse_db: Settings) -> None:
    warehouse_db.var_dir.mkdir()

    assert "no_site" in found(warehouse_db)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("LEAST_FREE_MB", 10**12, "disk_low"),
        ("TOO_NEW_PYTHON", (3, 0), "python"),
    ],
)
def test_what_the_machine_lacks_is_named(
    house: Settings, monkeypatch: pytest.MonkeyPatch, name: str, value: Any, code: str
) -> None:
    monkeypatch.setattr(doctor, name, value)

    assert found(house) == [code]


@pytest.mark.parametrize(("is_clone", "codes"), [(True, ["uv_missing"]), (False, [])])
def test_a_clone_without_uv_cannot_be_renewed(
    house: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_clone: bool, codes: list[str]
) -> None:
    (tmp_path / ".venv").mkdir()
    if is_clone:
        (tmp_path / ".venv" / "ready").touch()
    monkeypatch.setattr(doctor, "PROJECT_DIR", tmp_path)
    monkeypatch.setattr("warehouse.doctor.shutil.which", lambda _: None)

    assert found(house) == codes


@pytest.fixture
def airflow_database(house: Settings) -> Iterator[None]:
    """A database of Airflow's name with the pool in it."""
    conn = connect_superuser(house, "postgres")
    conn.autocommit = True
    with conn.cursor() as cursor:
        cursor.execute(f"create database {doctor.AIRFLOW_DATABASE}")
    beside = connect_superuser(house, doctor.AIRFLOW_DATABASE)
    with beside, beside.cursor() as cursor:
        cursor.execute("create table slot_pool (pool text); insert into slot_pool values ('warehouse_build')")
    beside.close()
    yield
    with conn.cursor() as cursor:
        cursor.execute(f"drop database {doctor.AIRFLOW_DATABASE} with (force)")
    conn.close()


@pytest.mark.usefixtures("airflow_database")
def test_a_pool_that_is_there_is_found(house: Settings) -> None:
    configure_airflow(house)

    assert found(house) == []


def test_the_status_fits_a_screen_and_counts(house: Settings) -> None:
    register_terminal(house, "T-9")
    land_unchecked(house)
    execute(house, TOUCH, TOUCH)

    status = read_status(house, NOW)
    text = status_text(status, house)

    assert (status.waiting_pull_count, status.touched_day_count, status.outcomes()) == (1, 1, {"ok": 1, "never": 1})
    assert "1 terbaca, 1 belum pernah dibaca" in text
    assert max(map(len, text.splitlines())) <= 80


def test_a_terminal_that_does_not_stand_yet_is_not_asked_for(house: Settings) -> None:
    register_terminal(house, "T-9", installed_on=datetime(2017, 5, 1).date())

    assert found(house) == []
    assert len(read_status(house, NOW).terminals) == 1


@pytest.fixture
def hadir(house: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    app = typer.Typer()
    door.mount(app)
    monkeypatch.setattr(door, "load_settings", lambda: house)
    return lambda *arguments: CliRunner().invoke(app, [*arguments, "--as-of", AS_OF.isoformat()])


def test_the_commands_answer_with_one_object_and_a_code(house: Settings, hadir: Callable[..., Any]) -> None:
    assert json.loads(hadir("status", "--json").stdout)["outcomes"] == {"ok": 1}
    healthy = hadir("doctor", "--json")
    assert (healthy.exit_code, json.loads(healthy.stdout)) == (0, {"ok": True, "findings": []})

    land_unchecked(house)

    told = hadir("doctor")
    assert told.exit_code == 1
    assert "hadir check" in told.stdout
    assert [one["code"] for one in json.loads(hadir("doctor", "--json").stdout)["findings"]] == ["unchecked_pulls"]
