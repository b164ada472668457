"""`hadir pull`, `hadir import`, `hadir terminal probe|read`, `hadir decode`: terminals and files by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from getpass import getuser
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from extractors.records import PunchBatch, TimeBounds
from warehouse.clock import Clock, clock_for
from warehouse.console import Exit, Problem, emit, progress, told_progress
from warehouse.ledger import PullRow
from warehouse.migrate import migrate
from warehouse.server import running_server
from warehouse.settings import Settings, load_settings

SHOWN_REJECTS: Final = 10

AsJson = Annotated[bool, typer.Option("--json", help="Cetak satu objek JSON.")]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="WAKTU", help="Seolah-olah sekarang waktu ini (ISO).")]
Address = Annotated[
    str, typer.Argument(help="Alamat mesin: tcp://10.1.2.3:4370, udp://10.1.2.3:4370 atau soap://10.1.2.3:80.")
]
CommKey = Annotated[int, typer.Option("--comm-key", min=0, max=999_999, help="Kunci komunikasi mesin.")]
Out = Annotated[Path, typer.Option("--out", help="Berkas CSV yang ditulis.")]


IMPORT_HELP: Final = """Masukkan berkas attlog.dat, GLG, AGL atau foto absensi dari USB ke gudang data.

Contoh: hadir import attlog.dat --terminal CLG0015, atau hadir import photos FOLDER --terminal CLG0015
"""


class FileByDefault(TyperGroup):
    """`hadir import FILE` is `hadir import file FILE`; a file that is called like a subcommand is written ./photos."""

    default = "file"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Puts the default subcommand before arguments that name none."""
        if args and args[0] not in (*self.commands, *ctx.help_option_names):
            args = [self.default, *args]
        return super().parse_args(ctx, args)


def mount(app: typer.Typer) -> None:
    """Adds the commands of this room."""
    app.command("pull")(pull)
    imports = typer.Typer(cls=FileByDefault, help=IMPORT_HELP, no_args_is_help=True)
    imports.command(FileByDefault.default)(import_command)
    imports.command("photos")(import_photos_command)
    app.add_typer(imports, name="import")
    app.command("decode")(decode)
    terminal = typer.Typer(help="Satu mesin absensi, langsung dan tanpa basis data.", no_args_is_help=True)
    terminal.command("probe")(probe_terminal)
    terminal.command("read")(read_terminal_log)
    terminal.command("set-time")(set_time)
    app.add_typer(terminal, name="terminal")


def pull(
    terminal: Annotated[str | None, typer.Option("--terminal", help="Hanya mesin dengan nomor seri ini.")] = None,
    opd: Annotated[str | None, typer.Option("--opd", help="Hanya mesin OPD ini.")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Tarik log mesin absensi lewat jaringan ke gudang data.

    Mesin yang mati atau menolak hanya merugikan dirinya sendiri: kode keluar 3 (menolak) atau 4 (tidak terjangkau),
    sedangkan mesin lain tetap masuk. Jaringan buruk dicoba tiga kali. Yang sudah berkali-kali tidak terjangkau
    dibiarkan dulu; --terminal mencobanya juga.

    Contoh: hadir pull --opd DINKES
    """
    from extractors.fleet import FleetPull, pull_fleet
    from extractors.pull import pull_terminal, terminals_to_pull

    settings = load_settings()
    clock = _clock(settings, as_of)
    with running_server(settings), progress("Menarik log mesin"):
        migrate(settings)
        if terminal:
            done = FleetPull((pull_terminal(settings, terminal, clock),), {})
        else:
            done = pull_fleet(settings, terminals_to_pull(settings, clock, opd), clock, settings.workers)
    if done.left_alone:
        typer.echo(f"Dibiarkan dulu, berkali-kali tak terjangkau: {', '.join(sorted(done.left_alone))}.", err=True)
    _report_pulls(done.rows, as_json, done.left_alone)


def import_command(
    file: Annotated[Path, typer.Argument(help="Berkas ekspor dari USB: attlog.dat, GLG, AGL.")],
    terminal: Annotated[str, typer.Option("--terminal", help="Nomor seri mesin asal berkas.")],
    *,
    taken_at: Annotated[
        str | None, typer.Option("--taken-at", metavar="WAKTU", help="Kapan berkas diambil, menurut jam mesin.")
    ] = None,
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="NAMA", help="Siapa yang membawa berkas; tanpa ini akun yang menjalankan."),
    ] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Impor berkas ekspor mesin ke gudang data; berkas yang sama dua kali tidak menggandakan apa pun.

    Bentuk berkas (attlog.dat, GLG, AGL) dikenali dari isinya. Tanpa --taken-at, berkas dianggap lengkap hanya sampai
    catatan terakhirnya.

    Contoh: hadir import attlog.dat --terminal CLG0015 --taken-at 2017-03-01T08:00 --by "Joko, DINKES"
    """
    from extractors.pull import import_file

    settings = load_settings()
    taken = _wall_time(taken_at, settings) if taken_at else None
    with running_server(settings), progress(f"Mengimpor {file.name}"):
        migrate(settings)
        row = import_file(
            settings, file, terminal, taken, _clock(settings, as_of), brought_by=(by or getuser()).strip() or getuser()
        )
    _report_pulls([row], as_json)


def import_photos_command(
    folder: Annotated[Path, typer.Argument(help="Folder foto absensi dari USB.")],
    terminal: Annotated[str, typer.Option("--terminal", help="Nomor seri mesin asal foto.")],
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Impor foto absensi (YYYYMMDDHHMMSS-<pin>.jpg) ke gudang data, tersandi; foto yang sama tidak digandakan.

    Foto tanpa pin berasal dari verifikasi yang gagal. Foto yang tidak dapat diterima disebut satu per satu beserta
    sebab dan jalan keluarnya; yang lain tetap masuk. Kode keluar 3 hanya bila tidak satu pun dapat diterima.

    Contoh: hadir import photos /media/usb/photos --terminal CLG0015
    """
    from extractors.photos import import_photos

    settings = load_settings()
    with running_server(settings), progress(f"Mengimpor foto {folder.name}"):
        migrate(settings)
        report = import_photos(settings, folder, terminal, _clock(settings, as_of), told_progress("Foto"))
    emit(asdict(report), as_json=as_json, text=report.text)
    if report.refused and not report.imported and not report.duplicate:
        raise typer.Exit(Exit.REFUSED)


def probe_terminal(address: Address, comm_key: CommKey = 0, as_json: AsJson = False) -> None:
    """Siapa yang menjawab di alamat ini: nomor seri, jumlah catatan, selisih jam.

    Contoh: hadir terminal probe tcp://10.1.2.3:4370 --comm-key 123456
    """
    from extractors.drivers.identity import Identity, ask_identity
    from extractors.drivers.solution import probe_solution
    from extractors.drivers.solution_http import is_soap
    from extractors.drivers.zk import Contact, probe
    from extractors.errors import ReadFailed, WrongAddress

    contact, identity, layout, failure = Contact(), Identity(), None, None
    wall_clock = _wall_clock(load_settings())
    try:
        if is_soap(address):
            told = probe_solution(address, comm_key, wall_clock, contact)
            identity = Identity(contact.serial, told.platform, told.firmware)
        else:
            identity = ask_identity(address, comm_key)
            layout = probe(address, comm_key, wall_clock, contact).layout
    except WrongAddress as error:
        raise Problem(str(error), Exit.WRONG_USE) from error
    except ReadFailed as error:
        failure = error
    payload = {
        "serial": contact.serial or identity.serial,
        "platform": identity.platform or contact.platform,
        "firmware": identity.firmware or contact.firmware,
        "layout": layout,
        "counted": contact.counted_before,
        "capacity": contact.capacity,
        "clock_drift_s": contact.clock_drift_s,
        "error": _error(failure),
    }
    emit(payload, as_json=as_json, text=lambda: _facts(payload))
    _leave(failure)


def read_terminal_log(address: Address, out: Out, comm_key: CommKey = 0, as_json: AsJson = False) -> None:
    """Baca seluruh log mesin ke berkas CSV: terbukti lengkap, atau ditolak tanpa berkas (kode keluar 3).

    Contoh: hadir terminal read tcp://10.1.2.3:4370 --out log.csv
    """
    from extractors.drivers.zk import Contact
    from extractors.errors import ReadFailed, WrongAddress
    from extractors.read import read_terminal

    contact, batch, failure = Contact(), None, None
    try:
        with progress("Membaca log mesin"):
            batch = read_terminal(address, comm_key, _wall_clock(load_settings()), contact=contact).batch
    except WrongAddress as error:
        raise Problem(str(error), Exit.WRONG_USE) from error
    except ReadFailed as error:
        failure = error
    if batch is not None:
        _write(out, batch)
    payload = {
        "serial": contact.serial,
        "layout": contact.layout,
        "counted_before": contact.counted_before,
        "counted_after": contact.counted_after,
        "rows": len(batch) if batch is not None else 0,
        "rejects": [{"ordinal": one.ordinal, "reason": one.reason} for one in batch.rejects] if batch else [],
        "complete": batch is not None,
        "clock_drift_s": contact.clock_drift_s,
        "error": _error(failure),
    }
    emit(payload, as_json=as_json, text=lambda: _facts(payload))
    _leave(failure)


def set_time(
    serial: Annotated[str, typer.Argument(help="Nomor seri mesin yang terdaftar.")],
    by: Annotated[str, typer.Option("--by", help="Siapa yang menyetel; dicatat.")],
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Setel jam mesin menurut jam server; hanya di luar jam sibuk, dicatat sebelum dan sesudahnya.

    Tidak pernah dilakukan sendiri oleh program: jam yang melompat mengubah siapa yang terlambat.

    Contoh: hadir terminal set-time CLG0015 --by "Budi, BKPP"
    """
    from extractors.errors import ReadFailed
    from extractors.set_time import set_terminal_time

    settings = load_settings()
    failure, done = None, None
    with running_server(settings):
        migrate(settings)
        try:
            done = set_terminal_time(settings, serial, by, _clock(settings, as_of))
        except ReadFailed as error:
            failure = error
    payload = {
        "serial": serial,
        "drift_before_s": done.drift_before_s if done else None,
        "drift_after_s": done.drift_after_s if done else None,
        "error": _error(failure),
    }
    emit(payload, as_json=as_json, text=lambda: _facts(payload))
    _leave(failure)


def decode(
    file: Annotated[Path, typer.Argument(help="Berkas ekspor mesin absensi.")], out: Out, as_json: AsJson = False
) -> None:
    """Ubah berkas ekspor menjadi CSV, tanpa basis data; baris robek disebut satu per satu.

    Contoh: hadir decode attlog.dat --out log.csv
    """
    from extractors.drivers.export_file import parse_export
    from extractors.errors import ReadFailed

    try:
        log = parse_export(file.read_bytes(), TimeBounds())
    except OSError as error:
        raise Problem(f"Berkas '{file}' tidak dapat dibaca: {error.strerror}.", Exit.WRONG_USE) from error
    except ReadFailed as failure:
        empty: dict[str, Any] = {"format": None, "lines": None, "rows": 0, "rejects": []}
        emit(empty, as_json=as_json, text=lambda: "Tidak ada yang ditulis.")
        raise Problem(str(failure), Exit.REFUSED) from failure
    _write(out, log.batch)
    payload = {
        "format": log.format,
        "lines": log.lines,
        "rows": len(log.batch),
        "rejects": [{"line": one.line, "reason": one.reason} for one in log.batch.rejects],
    }
    emit(payload, as_json=as_json, text=lambda: _facts(payload))


def _clock(settings: Settings, as_of: str | None) -> Clock:
    try:
        return clock_for(as_of, settings.clock_offset_s, settings.zone)
    except ValueError as error:
        raise Problem(f"Waktu '{as_of}' tidak terbaca; tulis misalnya 2017-03-31T10:00.", Exit.WRONG_USE) from error


def _wall_time(text: str, settings: Settings) -> datetime:
    moment = _clock(settings, text)()
    return moment.astimezone(settings.zone).replace(tzinfo=None)


def _wall_clock(settings: Settings) -> Clock:
    clock = clock_for(None, settings.clock_offset_s, settings.zone)
    return lambda: clock().astimezone(settings.zone).replace(tzinfo=None)


def _write(out: Path, batch: PunchBatch) -> None:
    from extractors.csv_file import write_csv

    try:
        write_csv(out, batch)
    except OSError as error:
        raise Problem(f"Berkas '{out}' tidak dapat ditulis: {error.strerror}.", Exit.WRONG_USE) from error


def _error(failure: Any) -> dict[str, str] | None:
    if failure is None:
        return None
    return {"class": failure.error_class, "phase": failure.phase, "message": str(failure)}


def _leave(failure: Any) -> None:
    if failure is not None:
        raise typer.Exit(Exit.NOBODY_THERE if failure.is_unreachable else Exit.REFUSED)


LABELS: Final = {
    "serial": "nomor seri", "platform": "platform", "firmware": "firmware", "layout": "bentuk catatan",
    "counted": "jumlah catatan", "counted_before": "catatan sebelum", "counted_after": "catatan sesudah",
    "capacity": "daya tampung", "clock_drift_s": "selisih jam (detik)", "rows": "baris", "complete": "lengkap",
    "drift_before_s": "selisih sebelum (s)", "drift_after_s": "selisih sesudah (s)",
    "format": "bentuk berkas", "lines": "baris berkas",
}  # fmt: skip


def _facts(payload: dict[str, Any]) -> str:
    """The payload as lines for people."""
    words = {True: "ya", False: "tidak", None: "-"}
    lines = [f"{label:<20} {words.get(payload[key], payload[key])}" for key, label in LABELS.items() if key in payload]
    rejects = payload.get("rejects", [])
    lines += [
        f"ditolak {'baris' if 'line' in one else 'nomor'} {one.get('line', one.get('ordinal'))}: {one['reason']}"
        for one in rejects[:SHOWN_REJECTS]
    ]
    if len(rejects) > SHOWN_REJECTS:
        lines.append(f"... dan {len(rejects) - SHOWN_REJECTS} lagi; semuanya dengan --json")
    if payload.get("error"):
        lines.append(payload["error"]["message"])
    return "\n".join(lines)


def _report_pulls(rows: Sequence[PullRow], as_json: bool, left_alone: Mapping[str, datetime] | None = None) -> None:
    """All attempts; the exit code is that of the last one at each terminal."""
    payload = {"pulls": [asdict(row) for row in rows], "left_alone": dict(left_alone or {})}
    emit(payload, as_json=as_json, text=lambda: _pull_table(rows))
    outcomes = set({row.terminal_serial: row.outcome for row in rows}.values())
    outcomes |= {"unreachable"} if left_alone else set()
    if "refused" in outcomes:
        raise typer.Exit(Exit.REFUSED)
    if "unreachable" in outcomes:
        raise typer.Exit(Exit.NOBODY_THERE)


def _pull_table(rows: Sequence[PullRow]) -> str:
    lines = [f"{'mesin':<16}{'hasil':<14}{'baru':>8}{'sudah ada':>11}{'ditolak':>9}  lengkap sampai"]
    words = {"ok": "masuk", "refused": "ditolak", "unreachable": "tak terjangkau"}
    for row in rows:
        covers = f"{row.covers_until_local:%Y-%m-%d %H:%M}" if row.covers_until_local else "-"
        lines.append(
            f"{row.terminal_serial:<16}{words[row.outcome]:<14}{row.new_count:>8}{row.duplicate_count:>11}"
            f"{row.rejected_count:>9}  {covers}"
        )
        if row.error_message:
            lines.append(f"  {row.error_message}")
    return "\n".join(lines) if rows else "Tidak ada mesin yang terdaftar untuk ditarik pada tanggal ini."
