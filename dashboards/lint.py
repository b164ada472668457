"""The lint of the dashboards: what a reader would otherwise see as a wrong chart that looks right.

Metabase and the page draw what they are given; a measure that does not exist, a card that reads past the
marts or a number declared as text is found here or nowhere.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import psycopg2
from psycopg2.extensions import connection as Connection

from dashboards.definition import (
    CARDS_DIR,
    DASHBOARD_FILES,
    OPD_PLACE,
    ROOM,
    STAMP,
    Card,
    Dashboard,
    DefinitionInvalid,
    Format,
    read_dashboard,
)
from dashboards.exposures import EXPOSURES_FILE, exposures_text
from dashboards.metabase.compile import compile_dashboards
from dashboards.metabase.native_query import filters_named
from dashboards.metabase.rules import Fault, card_faults, dashboard_faults, mapping_faults, name_faults
from dashboards.sql_reading import is_one_select, reads_besides_marts

# Types of pg_type.oid that suit a declared format.
_NUMBERS: Final = frozenset({20, 21, 23, 700, 701, 1700})
_TYPES: Final[dict[Format, frozenset[int]]] = {
    "text": frozenset({18, 25, 1042, 1043}),
    "date": frozenset({1082}),
    "month": frozenset({1082, 1114}),
    "moment": frozenset({1114, 1184}),
    "integer": _NUMBERS,
    "decimal": _NUMBERS,
    "percent": _NUMBERS,
    "rupiah": _NUMBERS,
}
HEADLINE_COLUMNS: Final = 3
_FIXED_TO_OPD: Final = re.compile(rf"^(?!\s*--).*\bopd_code = {OPD_PLACE}", re.MULTILINE)
_NUMERIC_FORMATS: Final = frozenset({"integer", "decimal", "percent", "rupiah"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: where, against which rule, and what to do."""

    place: str
    rule: str
    message: str

    def as_row(self) -> dict[str, str]:
        """For --json."""
        return asdict(self)

    def as_text(self) -> str:
        """One line for people."""
        return f"{self.place}: {self.rule}: {self.message}"


def lint(room: Path = ROOM, cards_dir: Path = CARDS_DIR, exposures_file: Path = EXPOSURES_FILE) -> list[Finding]:
    """Every fault that can be seen without a database."""
    dashboards: list[Dashboard] = []
    findings: list[Finding] = []
    for name in DASHBOARD_FILES:
        try:
            dashboards.append(read_dashboard(room / name))
        except DefinitionInvalid as error:
            findings.append(Finding(name, "definisi", str(error)))
    for dashboard in dashboards:
        findings.extend(_check_dashboard(dashboard))
        for card in dashboard.cards:
            findings.extend(_check_card(card, f"{dashboard.key}/{card.key}", cards_dir))
    if not findings:
        findings.extend(_check_filters(dashboards, cards_dir))
        findings.extend(Finding(*fault) for fault in metabase_faults(dashboards, cards_dir))
        findings.extend(_check_unused(dashboards, cards_dir))
        findings.extend(_check_exposures(dashboards, cards_dir, exposures_file))
    return findings


def lint_in_database(conn: Connection, dashboards: Sequence[Dashboard], cards_dir: Path = CARDS_DIR) -> list[Finding]:
    """Runs each card for no rows and compares what comes with what is declared.

    Args:
        conn: as role metabase, so that a card sees no more here than on the page.
        dashboards: read and free of findings of `lint`.
        cards_dir: the folder of the SQL files.
    """
    return [
        finding
        for dashboard in dashboards
        for card in dashboard.cards
        for finding in _check_answer(conn, card, f"{dashboard.key}/{card.key}", cards_dir)
    ]


def _check_dashboard(dashboard: Dashboard) -> Iterator[Finding]:
    for key, count in Counter(card.key for card in dashboard.cards).items():
        if count > 1:
            yield Finding(f"{dashboard.key}/{key}", "kunci_ganda", "kunci kartu dipakai dua kali; beri nama lain")
    if [card.display for card in dashboard.cards].count("moment") != 1:
        yield Finding(dashboard.key, "tanpa_saat", "harus ada tepat satu kartu 'moment' (keadaan pada, data per)")
    for key in sorted(set(dashboard.wall.cards if dashboard.wall else ()) - {card.key for card in dashboard.cards}):
        yield Finding(dashboard.key, "kartu_layar_tidak_ada", f"layar dinding menyebut kartu {key} yang tidak ada")
    yield from _check_roles(dashboard)


def _check_roles(dashboard: Dashboard) -> Iterator[Finding]:
    """An office's page is for its own people, and the city's pages are for no office."""
    own = {f"opd:{dashboard.opd_code}"} if dashboard.opd_code else set()
    found = {role for role in dashboard.roles if role.startswith("opd:")}
    if found != own:
        wanted = ", ".join(own) or "tanpa peran opd"
        yield Finding(
            dashboard.key, "peran_opd_salah", f"peran OPD harus {wanted}, bukan {', '.join(sorted(found)) or '-'}"
        )


def _check_card(card: Card, place: str, cards_dir: Path) -> Iterator[Finding]:
    names = [column.name for column in card.columns]
    for name, count in Counter(names).items():
        if count > 1:
            yield Finding(place, "kolom_ganda", f"kolom {name} dinyatakan dua kali")
    if STAMP not in names:
        yield Finding(place, "tanpa_data_per", f"kolom {STAMP} tidak dinyatakan: kartu tanpa 'data per'")
    yield from _check_display(card, place)
    try:
        sql = card.query(cards_dir)
    except FileNotFoundError:
        yield Finding(place, "sql_tidak_ada", f"berkas cards/{card.sql} tidak ada")
        return
    yield from _check_office(card, place, cards_dir)
    if not is_one_select(sql):
        yield Finding(place, "bukan_select", f"cards/{card.sql} harus satu perintah SELECT tanpa titik koma")
    if "{{" in sql or "[[" in sql:
        yield Finding(place, "tag_dalam_sql", f"cards/{card.sql}: tulis /* filter KUNCI: kolom */, bukan {{{{tag}}}}")
    for relation in sorted(reads_besides_marts(sql)):
        yield Finding(place, "membaca_yang_lain", f"cards/{card.sql} membaca {relation}; hanya marts.rpt_* yang boleh")


def _check_office(card: Card, place: str, cards_dir: Path) -> Iterator[Finding]:
    """A card of an office without its code would show all offices; a city's card with the mark would show none."""
    has_place = _FIXED_TO_OPD.search((cards_dir / card.sql).read_text(encoding="utf-8")) is not None
    if has_place and card.opd_code is None:
        yield Finding(place, "opd_tanpa_kode", f"cards/{card.sql} memuat {OPD_PLACE}, tetapi dasbornya tanpa opd_code")
    if not has_place and card.opd_code is not None and card.display != "moment":
        yield Finding(place, "opd_tidak_terkunci", f"cards/{card.sql} tidak dibatasi dengan {OPD_PLACE}")


def _check_display(card: Card, place: str) -> Iterator[Finding]:
    formats = {column.name: column.format for column in card.columns}
    used = card.chart.columns_used() if card.chart is not None else ()
    for name in used:
        if name not in formats:
            yield Finding(place, "kolom_tidak_dinyatakan", f"grafik memakai kolom {name} yang tidak dinyatakan")
    for measure in card.chart.measures if card.chart is not None else ():
        if formats.get(measure.column, "integer") not in _NUMERIC_FORMATS:
            yield Finding(place, "ukuran_bukan_angka", f"kolom {measure.column} digambar, tetapi bukan angka")
    if card.display in ("row", "bar") and (card.chart is None or card.chart.dimension is None):
        yield Finding(place, "grafik_tanpa_dimensi", f"tampilan '{card.display}' memerlukan chart dengan dimension")
    if card.display == "headline" and len(card.shown_columns) < HEADLINE_COLUMNS:
        yield Finding(place, "kepala_kurang", "tiga kolom pertama: angka, keseluruhan, bagian")


def metabase_faults(dashboards: Sequence[Dashboard], cards_dir: Path = CARDS_DIR) -> Iterator[Fault]:
    """Faults of what these dashboards become in Metabase."""
    wanted = compile_dashboards(dashboards, cards_dir)
    cards = {item.key: item for item in wanted if item.model == "card"}
    declared = {
        f"card:{dashboard.key}/{card.key}": {column.name: column.format for column in card.columns}
        for dashboard in dashboards
        for card in dashboard.cards
    }
    for key, item in cards.items():
        yield from card_faults(item, declared["/".join(key.split("/")[:2])])
    for item in wanted:
        if item.model == "dashboard":
            yield from dashboard_faults(item)
            yield from mapping_faults(item, cards)
    yield from name_faults(wanted)


def _check_filters(dashboards: Sequence[Dashboard], cards_dir: Path) -> Iterator[Finding]:
    known = {item.key for dashboard in dashboards for item in dashboard.filters}
    for name in sorted({card.sql for dashboard in dashboards for card in dashboard.cards}):
        for key in filters_named((cards_dir / name).read_text(encoding="utf-8")):
            if key not in known:
                yield Finding(f"cards/{name}", "saringan_tak_dikenal", f"'{key}' tidak ada pada dasbor mana pun")


def _check_unused(dashboards: Sequence[Dashboard], cards_dir: Path) -> Iterator[Finding]:
    used = {card.sql for dashboard in dashboards for card in dashboard.cards}
    for path in sorted(cards_dir.glob("*.sql")):
        if path.name not in used:
            yield Finding(f"cards/{path.name}", "sql_tak_terpakai", "tidak dipakai kartu mana pun; hapus atau pakai")


def _check_exposures(dashboards: Sequence[Dashboard], cards_dir: Path, exposures_file: Path) -> Iterator[Finding]:
    written = exposures_file.read_text(encoding="utf-8") if exposures_file.exists() else ""
    if written != exposures_text(dashboards, cards_dir):
        yield Finding(exposures_file.name, "exposures_usang", "usang; jalankan 'hadir dashboards exposures'")


def _check_answer(conn: Connection, card: Card, place: str, cards_dir: Path) -> Iterator[Finding]:
    try:
        with conn.cursor() as cursor:
            cursor.execute(f"select * from (\n{card.query(cards_dir)}\n) as card limit 0")  # noqa: S608 - a file of ours, read-only role
            answered = {column.name: column.type_code for column in cursor.description or ()}
    except psycopg2.Error as error:
        yield Finding(place, "sql_gagal", f"cards/{card.sql}: {str(error).strip().splitlines()[0]}")
        return
    finally:
        conn.rollback()
    declared = {column.name: column.format for column in card.columns}
    for name in sorted(declared.keys() - answered.keys()):
        yield Finding(place, "kolom_tidak_ada", f"cards/{card.sql} tidak menghasilkan kolom {name}")
    for name in sorted(answered.keys() - declared.keys()):
        yield Finding(place, "kolom_tak_dinyatakan", f"kolom {name} dari cards/{card.sql} tidak dinyatakan")
    for name in sorted(declared.keys() & answered.keys()):
        if answered[name] not in _TYPES[declared[name]]:
            yield Finding(place, "format_tidak_cocok", f"kolom {name} bukan {declared[name]} di basis data")
