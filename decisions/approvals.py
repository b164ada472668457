"""The one home of decisions: who may give one, and the row in ops.approvals that it becomes.

A row is never changed. A later decision on the same subject names the one that it replaces (`supersedes`), so the whole
course of a matter can be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from warehouse.console import Exit, Problem
from warehouse.settings import Settings

Matter = Literal["phbi_sanction", "month_close", "pin", "clock"]
Entitled = Literal["phbi_sanction", "month_close", "pin", "clock", "correction", "objection"]  # who may: deciders.csv
Channel = Literal["airflow", "command"]

MATTERS: Final[dict[Entitled, str]] = {
    "phbi_sanction": "sanksi PHBI",
    "month_close": "penutupan bulan",
    "pin": "milik siapa sebuah PIN",
    "correction": "koreksi kehadiran",
    "objection": "keberatan",
    "clock": "rekaman dengan jam mesin yang salah",
}
# Of what stands in ops.approvals; wrong clocks have their own rows (ops.clock_decisions).
SUBJECTS: Final[dict[Matter, tuple[str, ...]]] = {
    "phbi_sanction": ("event_id",),
    "month_close": ("month",),
    "pin": ("terminal_serial", "pin"),
}


@dataclass(frozen=True, slots=True)
class Signature:
    """Whose decision it is: a user name of deciders.csv, the letter, and the way by which it came."""

    by: str
    letter_no: str
    channel: Channel = "command"


@dataclass(frozen=True, slots=True)
class Decider:
    """Somebody who may decide, under the name and office that go into the books."""

    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Approval:
    """A decision as it was written. `supersedes`: the earlier one that it replaces."""

    approval_id: int
    supersedes: int | None
    decider: Decider
    decided_at: datetime


def find_decider(cursor: Cursor, settings: Settings, matter: Entitled, signature: Signature, now: datetime) -> Decider:
    """Who signs, if he may.

    Raises:
        Problem: no letter (exit code 2), or he may not decide this matter on that day (exit code 3).
    """
    if not signature.letter_no.strip():
        raise Problem("Keputusan tanpa nomor surat tidak diterima; isi nomor suratnya.", Exit.WRONG_USE)
    day = now.astimezone(settings.zone).date()
    cursor.execute(
        """
        select user_name, name, role from reference.deciders
        where load_to is null and matter = %s and valid_from <= %s and (valid_to is null or valid_to > %s)
        order by user_name
        """,
        (matter, day, day),
    )
    rows = cursor.fetchall()
    for user_name, name, role in rows:
        if user_name == signature.by:
            return Decider(name, role)
    entitled = ", ".join(f"{user_name} ({role})" for user_name, _, role in rows) or "belum ada seorang pun"
    raise Problem(
        f"'{signature.by}' tidak berwenang memutuskan {MATTERS[matter]} pada {day:%d-%m-%Y}. Yang berwenang: "
        f"{entitled}; daftarnya di deciders.csv dari folder situs.",
        Exit.REFUSED,
    )


def record(
    cursor: Cursor,
    settings: Settings,
    matter: Matter,
    *,
    subject: Mapping[str, Any],
    answer: Mapping[str, Any],
    signature: Signature,
    now: datetime,
) -> Approval:
    """Writes a decision in the caller's transaction.

    Args:
        cursor: with the rights of hadir_admin, the only writer.
        settings: for the city's zone.
        matter: what is decided.
        subject: the columns of SUBJECTS[matter].
        answer: `answer` and the columns that go with it.
        signature: whose decision it is.
        now: the moment that is written down.

    Raises:
        Problem: he may not decide this, or there is no letter.
    """
    decider = find_decider(cursor, settings, matter, signature, now)
    key = "/".join(str(subject[column]) for column in SUBJECTS[matter])
    cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", (f"hadir.approval/{matter}/{key}",))
    supersedes = latest(cursor, matter, subject)
    values = {
        "matter": matter,
        **subject,
        **answer,
        "decided_by": decider.name,
        "role": decider.role,
        "letter_no": signature.letter_no.strip(),
        "decided_at": now,
        "channel": signature.channel,
        "supersedes": supersedes,
    }
    cursor.execute(
        sql.SQL("insert into ops.approvals ({}) values ({}) returning approval_id").format(
            sql.SQL(", ").join(map(sql.Identifier, values)), sql.SQL(", ").join(map(sql.Placeholder, values))
        ),
        values,
    )
    (approval_id,) = cursor.fetchone() or (0,)
    return Approval(int(approval_id), supersedes, decider, now)


def latest(cursor: Cursor, matter: Matter, subject: Mapping[str, Any]) -> int | None:
    """The decision on this subject that holds now; None when there is none."""
    cursor.execute(
        sql.SQL("select max(approval_id) from ops.approvals where matter = %(matter)s and {}").format(
            sql.SQL(" and ").join(
                sql.SQL("{} = {}").format(sql.Identifier(column), sql.Placeholder(column))
                for column in SUBJECTS[matter]
            )
        ),
        {"matter": matter, **subject},
    )
    row = cursor.fetchone()
    return None if row is None or row[0] is None else int(row[0])
