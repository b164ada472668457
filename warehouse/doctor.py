"""What is wrong here and what to do about it: one sentence each, for `hadir doctor`."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from warehouse.clock import Clock
from warehouse.connection import connect, connect_superuser
from warehouse.console import Problem
from warehouse.evidence import EvidenceBroken, read_evidence
from warehouse.settings import PROJECT_DIR, Settings
from warehouse.status import Status, read_status

LEAST_FREE_MB: Final = 1000
OLDEST_PYTHON: Final = (3, 11)
TOO_NEW_PYTHON: Final = (3, 14)
AIRFLOW_DATABASE: Final = "airflow"
BUILD_POOL: Final = "warehouse_build"
MOST_NAMED: Final = 5

FAILURE_REMEDIES: Final = {
    "transient": "periksa listrik dan jaringan mesin, lalu 'hadir pull --terminal SERI'",
    "terminal": "lihat sebabnya dengan 'hadir terminal probe ALAMAT'; kunci dan alamat ada di berkas terminals",
    "unsupported": "mesin ini belum didukung; ambil lognya dengan USB dan 'hadir import'",
}
_MET: Final = """
select sightings.terminal_serial, sightings.found_serial
from raw.terminal_sightings as sightings
inner join (select terminal_serial, max(pull_id) as pull_id from raw.pulls group by terminal_serial) as latest
    on latest.pull_id = sightings.pull_id
order by 1
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong: `code` for programs, the rest in Indonesian for people."""

    code: str
    what: str
    remedy: str


def examine(settings: Settings, clock: Clock) -> list[Finding]:
    """Looks at the machine, the files and the books; empty when nothing is wrong.

    Raises:
        Problem: the database is away.
    """
    status = read_status(settings, clock)
    return [
        *_machine(settings),
        *_secrets(settings),
        *_site(settings, status),
        *_terminals(status),
        *_fleet(status),
        *_strangers(settings),
        *_evidence(settings, status),
        *_builds(status),
        *_airflow(settings),
    ]


def findings_text(findings: Sequence[Finding]) -> str:
    """One block per finding; lines of sentences are for the terminal to wrap."""
    if not findings:
        return "Tidak ada yang salah."
    return "\n".join(f"- {one.what}\n  -> {one.remedy}" for one in findings)


def _machine(settings: Settings) -> Iterator[Finding]:
    if not OLDEST_PYTHON <= sys.version_info[:2] < TOO_NEW_PYTHON:
        yield Finding(
            "python",
            f"Python {sys.version_info[0]}.{sys.version_info[1]} tidak didukung.",
            "pakai 3.11, 3.12 atau 3.13",
        )
    place = next(folder for folder in (settings.var_dir, *settings.var_dir.resolve().parents) if folder.exists())
    free_mb = shutil.disk_usage(place).free // 2**20
    if free_mb < LEAST_FREE_MB:
        yield Finding(
            "disk_low",
            f"Ruang disk tinggal {free_mb} MB, sebaiknya {LEAST_FREE_MB} MB.",
            f"kosongkan disk tempat {settings.var_dir}",
        )
    is_clone = (PROJECT_DIR / ".venv" / "ready").exists()  # an image brings its packages and no uv
    if is_clone and shutil.which("uv") is None and not (PROJECT_DIR / ".tools" / "bin" / "uv").exists():
        yield Finding("uv_missing", "uv tidak ada, jadi paket tidak dapat diperbarui.", "jalankan 'make setup'")


def _secrets(settings: Settings) -> Iterator[Finding]:
    """A secret that others can read is none; files of another account, as in a container, are not ours to judge."""
    airflow = settings.var_dir / "airflow"
    files = [*_files(settings.secrets_dir), *(airflow / name for name in ("airflow.cfg", "users.json"))]
    states = {path: path.stat() for path in files if path.exists()}
    loose = [path for path, state in states.items() if state.st_uid == os.geteuid() and state.st_mode & 0o077]
    if loose:
        yield Finding(
            "secret_readable",
            f"Rahasia dapat dibaca akun lain: {_named([path.name for path in loose])}.",
            f"chmod 600 berkas itu di {_named(sorted({str(path.parent) for path in loose}))}",
        )


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []


def _site(settings: Settings, status: Status) -> Iterator[Finding]:
    if status.last_load is None:
        yield Finding("no_site", "Folder situs belum pernah dimuat.", "jalankan 'hadir site load FOLDER'")
        return
    with closing(connect(settings, "auditor")) as conn, conn.cursor() as cursor:
        cursor.execute(
            "select distinct comm_key_name from reference.terminals"
            " where load_to is null and removed_on is null and comm_key_name is not null order by 1"
        )
        names = [f"comm_key_{name}" for (name,) in cursor.fetchall()]
    missing = [name for name in names if not settings.has_secret(name)]
    if missing:
        yield Finding(
            "comm_key_missing",
            f"Kunci mesin tidak ada di folder rahasia: {_named(missing)}.",
            f"simpan sebagai berkas bernama itu di {settings.secrets_dir}",
        )


def _terminals(status: Status) -> Iterator[Finding]:
    never = [one.terminal_serial for one in status.terminals if one.outcome == "never"]
    if never:
        yield Finding(
            "never_read",
            f"{len(never)} mesin belum pernah dibaca: {_named(never)}.",
            "jalankan 'hadir pull', atau 'hadir import BERKAS --terminal SERI' untuk berkas USB",
        )
    for error_class, remedy in FAILURE_REMEDIES.items():
        failing = [one.terminal_serial for one in status.terminals if one.error_class == error_class]
        if failing:
            yield Finding(
                f"failing_{error_class}",
                f"{len(failing)} mesin gagal pada bacaan terakhir ({error_class}): {_named(failing)}.",
                remedy,
            )


def _fleet(status: Status) -> Iterator[Finding]:
    """Who is left alone, who is nearly full, who will not send again what is missing."""
    alone = [one.terminal_serial for one in status.terminals if one.left_alone_until is not None]
    if alone:
        yield Finding(
            "left_alone",
            f"{len(alone)} mesin berkali-kali tak terjangkau dan dibiarkan dulu: {_named(alone)}.",
            "periksa listrik dan jaringan kantornya; 'hadir pull --terminal SERI' mencoba sekarang juga",
        )
    full = status.nearly_full
    if full:
        names = [f"{one.terminal_serial} (sisa {one.records_left_count})" for one in full]
        yield Finding(
            "nearly_full",
            f"{len(full)} mesin terisi {status.nearly_full_pct:.0f}% atau lebih: {_named(names)}.",
            "pastikan lognya sudah terbaca, lalu petugas mengosongkan log di menu mesin; sistem tidak menghapus",
        )
    refused = [one.terminal_serial for one in status.terminals if one.has_refused_query]
    if refused:
        yield Finding(
            "query_refused",
            f"{len(refused)} mesin tidak mau mengirim ulang masa yang belum lengkap: {_named(refused)}.",
            "ambil lognya dengan USB, lalu 'hadir import BERKAS --terminal SERI'",
        )


def _strangers(settings: Settings) -> Iterator[Finding]:
    """Terminals whose last attempt met another one at their address, and clocks that wait for a person."""
    with closing(connect(settings, "auditor")) as conn, conn.cursor() as cursor:
        cursor.execute(_MET)
        met = [f"{serial} (menjawab {found})" for serial, found in cursor.fetchall()]
        cursor.execute("select distinct terminal_serial from ops.open_clock_runs order by 1")
        clocks = [serial for (serial,) in cursor.fetchall()]
    if met:
        yield Finding(
            "another_terminal",
            f"Di alamat {len(met)} mesin menjawab mesin lain: {_named(met)}.",
            "mesin tertukar atau alamat berpindah: betulkan address di berkas terminals, lalu 'hadir site load'",
        )
    if clocks:
        yield Finding(
            "wrong_clock",
            f"Rekaman dengan jam mesin yang salah menunggu keputusan: {_named(clocks)}.",
            "lihat 'hadir clock list', lalu 'hadir decide clock'; sampai itu harinya belum lengkap",
        )


def _evidence(settings: Settings, status: Status) -> Iterator[Finding]:
    """The bytes of each terminal's last complete read; `hadir audit verify` proves them all."""
    broken = []
    for one in status.terminals:
        try:
            if one.evidence_sha256 is not None:
                read_evidence(settings.evidence_dir, one.evidence_sha256)
        except EvidenceBroken:
            broken.append(one.terminal_serial)
    if broken:
        yield Finding(
            "evidence_missing",
            f"Berkas bukti bacaan terakhir hilang atau rusak: {_named(broken)}.",
            f"pulihkan {settings.evidence_dir} dari cadangan",
        )


def _builds(status: Status) -> Iterator[Finding]:
    if status.waiting_pull_count:
        yield Finding(
            "unchecked_pulls",
            f"{status.waiting_pull_count} penarikan belum lolos pemeriksaan; harinya tidak dibangun.",
            "jalankan 'hadir check', lalu 'hadir build'",
        )
    build = status.last_build
    is_dead = build is not None and build["state"] == "running" and not status.is_building
    if build is not None and (is_dead or build["state"] == "failed"):
        yield Finding(
            "build_failed",
            f"Pembangunan {build['build_id']} {'terputus' if is_dead else 'gagal'}; halaman menunjukkan keadaan lama.",
            "jalankan 'hadir build'; hari-harinya diambil alih",
        )
    elif status.touched_day_count and not status.waiting_pull_count and not status.is_building:
        yield Finding(
            "days_waiting",
            f"{status.touched_day_count} hari-orang tersentuh dan belum dibangun.",
            "jalankan 'hadir build'",
        )


def _airflow(settings: Settings) -> Iterator[Finding]:
    """Builds are kept apart by a pool; Airflow's own database is beside ours when it runs on this machine."""
    if not (settings.var_dir / "airflow" / "airflow.cfg").exists():
        return
    try:
        with closing(connect_superuser(settings, AIRFLOW_DATABASE)) as conn, conn.cursor() as cursor:
            cursor.execute("select 1 from slot_pool where pool = %s", (BUILD_POOL,))
            is_there = cursor.fetchone() is not None
    except Problem:
        is_there = False
    if not is_there:
        yield Finding(
            "pool_missing",
            f"Pool Airflow '{BUILD_POOL}' tidak ada, jadi build_marts tidak akan mulai.",
            "jalankan 'make up' atau 'make demo'; keduanya membuatnya",
        )


def _named(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" dan {more} lagi" if more > 0 else "")
