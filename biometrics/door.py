"""`hadir faces enrol|verify|show|forget|rotate-key|purge`: the face beside the finger, by hand."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from warehouse.clock import Clock, clock_for
from warehouse.console import Exit, Problem, emit, progress, told_progress
from warehouse.migrate import migrate
from warehouse.server import running_server
from warehouse.settings import Settings, load_settings

AsJson = Annotated[bool, typer.Option("--json", help="Cetak satu objek JSON.")]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="WAKTU", help="Seolah-olah sekarang waktu ini (ISO).")]


def mount(app: typer.Typer) -> None:
    """Adds the commands of this room."""
    faces = typer.Typer(help="Wajah: daftarkan, periksa foto absensi, lupakan, ganti kunci.", no_args_is_help=True)
    faces.command("enrol")(enrol_command)
    faces.command("verify")(verify_command)
    faces.command("show")(show_command)
    faces.command("forget")(forget_command)
    faces.command("rotate-key")(rotate_key_command)
    faces.command("purge")(purge_command)
    app.add_typer(faces, name="faces")


def enrol_command(
    source: Annotated[Path, typer.Argument(help="Folder berisi foto dan enrolment.csv, atau berkas XLSX.")],
    drawn: Annotated[bool, typer.Option("--drawn", help="Wajah gambaran kota contoh, dengan ambang sendiri.")] = False,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Daftarkan wajah: satu foto baik tiap NIP, dengan nomor surat persetujuannya.

    Kolom daftarnya nip, file, letter_no, consented_on. Yang disimpan hanya ciri wajah tersandi, bukan fotonya. Yang
    ditolak disebut satu per satu (kode keluar 1); yang lain tetap terdaftar.

    Contoh: hadir faces enrol pendaftaran/
    """
    from biometrics.enrol import enrol

    settings = load_settings()
    with running_server(settings), progress("Mendaftarkan wajah"):
        migrate(settings)
        report = enrol(
            settings, source, _clock(settings, as_of), kind="drawn" if drawn else "real", tell=told_progress("Wajah")
        )
    emit(asdict(report), as_json=as_json, text=report.text)
    if report.refused:
        raise typer.Exit(Exit.WRONG_FOUND)


def verify_command(as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Periksa semua foto absensi yang belum diperiksa terhadap wajah terdaftar pemilik PIN-nya.

    Hasilnya COCOK, TIDAK_COCOK, TANPA_WAJAH, BANYAK_WAJAH, FOTO_RUSAK atau BELUM_DIDAFTARKAN. TIDAK_COCOK adalah
    perkara untuk dinilai orang, bukan bukti pelanggaran. Yang terputus dilanjutkan dengan perintah yang sama.

    Contoh: hadir faces verify
    """
    from biometrics.verify import verify

    settings = load_settings()
    with running_server(settings), progress("Memeriksa foto"):
        migrate(settings)
        report = verify(settings, _clock(settings, as_of), told_progress("Foto"))
    emit(asdict(report), as_json=as_json, text=report.text)


def show_command(
    case_no: Annotated[int, typer.Argument(help="Nomor perkara dari daftar foto yang perlu dinilai.")],
    by: Annotated[str, typer.Option("--by", help="Nama yang melihat; dicatat.")],
    out: Annotated[Path, typer.Option("--out", help="Berkas gambar yang ditulis; hapus setelah dilihat.")],
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Buka foto satu perkara untuk dinilai orang; siapa yang melihatnya dicatat.

    Contoh: hadir faces show 812 --by "Siti Rohmah" --out perkara-812.jpg
    """
    from biometrics.show import show

    settings = load_settings()
    with running_server(settings):
        migrate(settings)
        show(settings, case_no, by, out, _clock(settings, as_of))
    emit({"case_no": case_no, "file": out}, as_json=as_json, text=lambda: f"foto perkara {case_no} ada di {out}")


def forget_command(
    nip: Annotated[str, typer.Argument(help="NIP, atau kunci pegawai.")], as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """Lupakan wajah seseorang: ciri wajah, foto dan hasil pemeriksaannya dihapus, persetujuannya dicabut.

    Yang tinggal hanya catatan bahwa dan kapan ini diminta. Bila terputus, jalankan sekali lagi sampai selesai.

    Contoh: hadir faces forget 198609262015051003
    """
    from biometrics.forget import forget

    settings = load_settings()
    with running_server(settings), progress("Menghapus data wajah"):
        migrate(settings)
        report = forget(settings, nip, _clock(settings, as_of))
    emit(asdict(report), as_json=as_json, text=report.text)


def rotate_key_command(as_json: AsJson = False) -> None:
    """Ganti kunci sandi: semua foto dan ciri wajah disandi ulang, lalu kunci lama dihapus.

    Cadangan yang dibuat sebelumnya hanya terbaca dengan kunci lamanya. Bila terputus, jalankan sekali lagi.

    Contoh: hadir faces rotate-key
    """
    from biometrics.rotate import rotate_key

    settings = load_settings()
    with running_server(settings), progress("Mengganti kunci"):
        migrate(settings)
        report = rotate_key(settings, told_progress("Disandi ulang"))
    emit(asdict(report), as_json=as_json, text=report.text)


def purge_command(as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Hapus foto yang lewat masa simpannya; hasil pemeriksaannya tetap.

    Contoh: hadir faces purge
    """
    from biometrics.retention import purge

    settings = load_settings()
    with running_server(settings), progress("Menghapus foto lama"):
        migrate(settings)
        report = purge(settings, _clock(settings, as_of), told_progress("Foto"))
    emit(asdict(report), as_json=as_json, text=report.text)


def _clock(settings: Settings, as_of: str | None) -> Clock:
    try:
        return clock_for(as_of, settings.clock_offset_s, settings.zone)
    except ValueError as error:
        raise Problem(f"Waktu '{as_of}' tidak terbaca; tulis misalnya 2017-03-31T10:00.", Exit.WRONG_USE) from error
