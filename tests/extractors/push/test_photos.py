"""Photos are sealed before they are answered for; of templates and passwords nothing is kept anywhere."""

from __future__ import annotations

import logging
import zlib
from pathlib import Path

import pytest

from tests.extractors.push.conftest import SERIAL, Receiving
from tests.support.reference_rows import fetch
from warehouse.connection import connect_superuser
from warehouse.photo_files import photo_binding, photo_path
from warehouse.settings import Settings
from warehouse.vault import Vault

pytestmark = pytest.mark.db
PICTURE = b"\xff\xd8\xff\xe0 a face \x00 with bytes of any kind \xff\xd9"


def photo(name: bytes, picture: bytes = PICTURE, command: bytes = b"realupload") -> bytes:
    return b"PIN=" + name + b"\nSN=PUSH0001\nsize=%d\nCMD=" % len(picture) + command + b"\0" + picture


def on_disk(settings: Settings) -> bytes:
    """Every file of the warehouse, the compressed evidence opened."""
    kept = [path.read_bytes() for path in Path(settings.var_dir).rglob("*") if path.is_file()]
    return b"".join(zlib.decompress(content) if content[:1] == b"\x78" else content for content in kept)


def test_a_photo_is_sealed_and_its_row_names_pin_and_time(receiver: Receiving) -> None:
    assert receiver.post("cdata", photo(b"20170306071458-101.jpg"), table="ATTPHOTO", Stamp="5") == (200, "OK")

    rows = fetch(
        receiver.settings, "select sha256, pin, taken_at_local::text, file_name, byte_count, key_id from raw.photos"
    )
    ((sha256, pin, taken_at, file_name, size, _),) = rows
    assert (pin, taken_at, size) == ("101", "2017-03-06 07:14:58", len(PICTURE))
    path = photo_path(receiver.settings, str(file_name))
    assert b"a face" not in on_disk(receiver.settings)
    assert Vault(receiver.settings).read_file(path, photo_binding(SERIAL, str(sha256))) == PICTURE


def test_a_photo_of_a_failed_verification_has_no_pin(receiver: Receiving) -> None:
    receiver.post("fdata", photo(b"20170306071458.jpg", command=b"uploadphoto"), table="ATTPHOTO")
    assert fetch(receiver.settings, "select pin from raw.photos") == [(None,)]


def test_the_same_photo_again_is_one_row(receiver: Receiving) -> None:
    for _ in range(2):
        assert receiver.post("cdata", photo(b"20170306071458-101.jpg"), table="ATTPHOTO")[0] == 200
    assert fetch(receiver.settings, "select count(*) from raw.photos") == [(1,)]


@pytest.mark.parametrize(
    "body",
    [b"", b"rubbish", photo(b"20170231071458-101.jpg"), photo(b"../../etc/passwd"), photo(b"20160306071458-101.jpg")],
)
def test_what_is_no_photo_is_not_kept_and_does_not_come_for_ever(
    receiver: Receiving, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert receiver.post("cdata", body, table="ATTPHOTO")[0] == 200
    assert fetch(receiver.settings, "select count(*) from raw.photos") == [(0,)]
    assert "photo not taken" in caplog.text
    assert "-101" not in caplog.text


SECRETS = (b"T3MPLAT3", b"p4ssw0rd", b"Siti Rahasia")
USERS = (
    b"USER PIN=101\tName=Siti Rahasia\tPri=0\tPasswd=p4ssw0rd\tCard=\tGrp=1\tTZ=0\n"
    b"FP PIN=101\tFID=6\tSize=1600\tValid=1\tTMP=T3MPLAT3\n"
    b"OPLOG 4\t0\t2017-03-06 06:59:58\t0\t0\t0\t0\n"
    b"OPLOG 9\t3\t2017-03-06 07:01:00\t101\t0\t0\t0\n"
    b"FACE PIN=101\tFID=0\tSIZE=400\tVALID=1\tTMP=T3MPLAT3\n"
)


@pytest.mark.parametrize("table", ["OPERLOG", "BIODATA", "BIOPHOTO", "USERPIC", "FACE", "anything"])
def test_templates_names_and_passwords_are_never_stored(receiver: Receiving, table: str) -> None:
    assert receiver.post("cdata", USERS, table=table, Stamp="9")[0] == 200

    everything = on_disk(receiver.settings)
    assert not [secret for secret in SECRETS if secret in everything]
    database = whole_database(receiver.settings)
    assert not [secret for secret in SECRETS if secret.decode() in database or secret.hex() in database]


def whole_database(settings: Settings) -> str:
    connection = connect_superuser(settings)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "select format('%I.%I', schemaname, tablename) from pg_tables"
            " where schemaname in ('raw', 'ops', 'reference', 'dq')"
        )
        text = ""
        for (table,) in cursor.fetchall():
            cursor.execute(f"select coalesce(string_agg(t::text, ' '), '') from {table} as t")
            text += str((cursor.fetchone() or ("",))[0])
    connection.close()
    return text


def test_twin_what_is_stored_would_be_found(receiver: Receiving) -> None:
    receiver.attlog(b"T3MPLAT3 in a torn line\n101\t2017-03-06 07:14:58\t0\t1\t0\n")
    assert SECRETS[0] in on_disk(receiver.settings)
    assert SECRETS[0].hex() in whole_database(receiver.settings)


def test_the_book_of_the_terminal_is_kept_once(receiver: Receiving) -> None:
    for _ in range(2):
        assert receiver.post("cdata", USERS, table="OPERLOG", Stamp="9") == (200, "OK: 2")
    assert fetch(
        receiver.settings, "select op_code, admin, happened_at_local::text, detail from raw.oplog order by op_code"
    ) == [(4, "0", "2017-03-06 06:59:58", "0\t0\t0\t0"), (9, "3", "2017-03-06 07:01:00", "101\t0\t0\t0")]
