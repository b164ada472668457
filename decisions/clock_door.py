"""`hadir clock list` and `hadir decide clock`: punches with a wrong clock, put to a person."""

from __future__ import annotations

import textwrap
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

import typer

from decisions.approvals import Signature
from decisions.clocks import ClockRun, Proposal, clock_runs, decide_clock
from warehouse.clock import clock_for
from warehouse.console import Exit, Problem, emit
from warehouse.migrate import migrate
from warehouse.server import running_server
from warehouse.settings import load_settings

By = Annotated[str, typer.Option("--by", metavar="NAMA", help="Nama pengguna pejabat, menurut deciders.csv.")]
Letter = Annotated[str, typer.Option("--letter", metavar="NOMOR", help="Nomor surat keputusannya.")]
AsJson = Annotated[bool, typer.Option("--json", help="Cetak satu objek JSON.")]
BASES: Final = {
    "jam terbaca": "jam mesin terbaca selagi salah",
    "kebiasaan": "dugaan dari kebiasaan orang-orangnya",
    "rentang": "hanya rentangnya yang diketahui",
}
ANSWERS: Final = {"adopt": "dipakai dengan jam dibetulkan", "leave": "tidak dipakai", None: "menunggu keputusan"}


def list_command(
    terminal: Annotated[str | None, typer.Option("--terminal", help="Hanya mesin dengan nomor seri ini.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Juga yang sudah diputuskan.")] = False,
    as_json: AsJson = False,
) -> None:
    """Deret rekaman yang dibuat selagi jam mesin salah, dengan usul pergeserannya. Usul bukan keputusan.

    Contoh: hadir clock list --terminal OID70460517000120
    """
    settings = load_settings()
    with running_server(settings):
        migrate(settings)
        found = [(run, said) for run, said in clock_runs(settings, terminal) if every or not run.is_settled]
    emit(
        {"runs": [_plain(run, said) for run, said in found]},
        as_json=as_json,
        text=lambda: "\n".join(_told(run, said) for run, said in found) or "Tidak ada deret yang menunggu.",
    )


def clock_command(
    serial: Annotated[str, typer.Argument(metavar="SERI", help="Nomor seri mesin.")],
    run: Annotated[str, typer.Argument(metavar="DERET", help="Nama deret dari 'hadir clock list'.")],
    *,
    by: By,
    letter: Letter,
    shift: Annotated[
        int | None, typer.Option("--shift", metavar="DETIK", help="Jam benar dikurangi jam tampil.")
    ] = None,
    first_at: Annotated[
        str | None, typer.Option("--first-at", metavar="WAKTU", help="Jam benar rekaman pertama deret itu.")
    ] = None,
    leave: Annotated[
        bool, typer.Option("--leave", help="Tidak dipakai: orang-orangnya dinilai tanpa rekaman ini.")
    ] = False,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="WAKTU", help="Seolah-olah sekarang waktu ini.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Putuskan jam benar sebuah deret rekaman; rekaman aslinya tetap tersimpan dan keputusan lama digantikan.

    Contoh: hadir decide clock T-017 epoch:1/412 --first-at 2017-03-07T07:05 --by bkpp --letter 800/12
    """
    if (shift is not None) + (first_at is not None) + leave != 1:
        raise Problem("Sebut satu dari --shift, --first-at atau --leave.", Exit.WRONG_USE)
    settings = load_settings()
    try:
        clock = clock_for(as_of, settings.clock_offset_s, settings.zone)
        first = datetime.fromisoformat(first_at).replace(tzinfo=None) if first_at else None
    except ValueError as error:
        raise Problem("Waktu tidak terbaca; tulis misalnya 2017-03-07T07:05.", Exit.WRONG_USE) from error
    with running_server(settings):
        if first is not None:
            shift = _shift_to(first, [one for one, _ in clock_runs(settings, serial)], run)
        done = decide_clock(settings, serial, run, shift, signature=Signature(by, letter), clock=clock)
    text = f"Keputusan {done.decision_id} oleh {done.decider.name} ({done.decider.role}) dicatat: "
    if done.shift_s is None:
        text += "rekamannya tidak dipakai."
    else:
        text += f"{done.punch_count} rekaman dipakai, {done.first_at_local} sampai {done.last_at_local}."
    emit(
        {"decision": {**asdict(done), "decider": done.decider.name}},
        as_json=as_json,
        text=lambda: textwrap.fill(text + " Jalankan 'hadir build'.", 80),
    )


def _shift_to(first: datetime, runs: list[ClockRun], name: str) -> int:
    shown = [one.first_shown_local for one in runs if one.run == name or _is_short(one, name)]
    if len(shown) != 1:
        raise Problem(f"Deret '{name}' tidak ditemukan; lihat 'hadir clock list'.", Exit.WRONG_USE)
    return round((first - shown[0]).total_seconds())


def _is_short(run: ClockRun, name: str) -> bool:
    source, _, ordinal = name.rpartition("/")
    return bool(source) and run.source.startswith(source) and ordinal == str(run.first_ordinal)


def _plain(run: ClockRun, said: Proposal) -> dict[str, Any]:
    return {
        "terminal_serial": run.terminal_serial, "run": run.run, "punch_count": run.punch_count,
        "pin_count": run.pin_count, "first_shown_local": run.first_shown_local,
        "last_shown_local": run.last_shown_local, "before_local": run.before_local, "after_local": run.after_local,
        "low_s": run.low_s, "high_s": run.high_s, "proposed_shift_s": said.shift_s, "basis": said.basis,
        "answer": run.answer, "shift_s": run.shift_s, "is_settled": run.is_settled,
    }  # fmt: skip


def _told(run: ClockRun, said: Proposal) -> str:
    lines = [
        f"{run.terminal_serial} {run.source[:12]}/{run.first_ordinal}: {run.punch_count} rekaman,"
        f" {run.pin_count} PIN ({ANSWERS[run.answer]})",
        f"  tampil {run.first_shown_local} sampai {run.last_shown_local}",
        f"  terjadi antara {run.before_local or 'awal log'} dan {run.after_local or 'akhir log'}",
    ]
    if said.shift_s is not None:
        lines.append(f"  usul: rekaman pertama pada {run.first_shown_local + timedelta(seconds=said.shift_s)}")
    lines.append(f"  dasar: {BASES[said.basis]}")
    return "\n".join(lines)
