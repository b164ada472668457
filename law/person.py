"""Who is meant: an employee by employee_id or by any NIP that he has or had."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from psycopg2.extensions import cursor as Cursor

from warehouse.console import Exit, Problem

_FIND: Final = """
select employees.employee_id, employees.nip, employees.name, employees.kind, employees.opd_code, opds.opd_name
from marts.dim_employee as employees
left join marts.dim_opd as opds on opds.opd_code = employees.opd_code
where employees.employee_id = %(who)s
    or employees.employee_id in (
        select identifiers.employee_id from reference.identifiers
        where identifiers.kind = 'nip' and identifiers.value = %(digits)s
    )
order by employees.employee_id
"""


@dataclass(frozen=True, slots=True)
class Person:
    """An employee as the marts know him; `nip` is None for an honorer."""

    employee_id: str
    nip: str | None
    name: str
    kind: str
    opd_code: str | None
    opd_name: str | None

    @property
    def title(self) -> str:
        """Name, number, kind and office in one line."""
        number = f"NIP {self.nip}" if self.nip else f"nomor {self.employee_id}"
        return f"{self.name} ({number}, {self.kind}), {self.opd_name or 'tanpa OPD'}"


def find_person(cursor: Cursor, who: str) -> Person:
    """The employee whose employee_id or NIP is `who`; blanks within an NIP do not count.

    Raises:
        Problem: nobody, or an old NIP that two people had (exit code 2).
    """
    cursor.execute(_FIND, {"who": who.strip(), "digits": "".join(who.split())})
    rows = cursor.fetchall()
    if not rows:
        raise Problem(
            f"Tidak ada pegawai dengan NIP atau nomor pegawai '{who}'; periksa penulisannya di identifiers.csv "
            "atau employees.csv dari folder situs.",
            Exit.WRONG_USE,
        )
    if len(rows) > 1:
        numbers = ", ".join(row[0] for row in rows)
        raise Problem(f"NIP '{who}' pernah dipakai beberapa orang: pakai nomor pegawai ({numbers}).", Exit.WRONG_USE)
    return Person(*rows[0])
