"""The empty, commented site folder of `hadir site init`, and the text that explains it (docs/site_folder.md)."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from extractors.site.files import REGULATION, ROW_MODELS, fields_of, file_of
from extractors.site.validate import EXCUSE_KINDS_SEED

GUIDE: Final = "BACA_DULU.md"

INTRODUCTION: Final = """\
# Folder situs: apa yang kota beri tahukan kepada sistem

Satu folder berisi satu berkas per pokok, CSV atau XLSX. Buat folder kosong dengan `hadir site init FOLDER`,
isi, lalu muat dengan `hadir site load FOLDER`. Setiap pemuatan adalah satu versi; versi lama tidak pernah hilang.

## Aturan umum

* Baris pertama adalah judul kolom, persis seperti di bawah; urutan kolom bebas, kolom lain tidak boleh ada.
* Baris yang diawali `#` adalah catatan dan tidak dimuat. Baris contoh dari `hadir site init` diawali `#`:
  data dimulai di baris bawahnya, tanpa `#`.
* CSV: UTF-8, pemisah koma, titik koma atau tab. XLSX: satu lembar. Dari satu pokok hanya satu berkas.
* Tanggal `TTTT-BB-HH`, jam `JJ:MM` atau `JJ:MM:DD`, waktu `TTTT-BB-HH JJ:MM:DD`, ya/tidak, sel kosong = tidak ada.
  Rumus ditolak; di Excel beri kolom nomor (NIP, NIK, PIN) format Teks agar digit dan nol di depan utuh.
* `valid_to` dan `removed_on` adalah hari pertama yang **tidak** berlaku lagi; `date_to` adalah hari terakhir yang ikut.
* **Setiap berkas menyatakan keadaan seluruh pokoknya.** Baris baru mulai berlaku, baris berubah diganti, baris yang
  hilang berakhir. Berkas yang tidak ada tidak mengubah apa pun. Folder yang isinya sama tidak membuat versi baru.
* **Baris salah ditolak, baris baik dimuat.** Penolakan menyebut berkas, baris, kolom, sebab dan obatnya (baris 0 =
  berkasnya sendiri); perintah selesai dengan kode 1. Selama sebuah baris ditolak, baris lama dengan kunci yang
  sama tetap berlaku. Baris yang masih dipakai berkas lain juga tidak dapat hilang.
* Masa berlaku yang bertabrakan ditolak: yang mulai lebih dulu dimuat, yang kemudian ditolak.
* Kode yang dirujuk (kantor, pegawai, mesin, jadwal, acara) harus ada sesudah pemuatan ini.
* Peraturan kota sendiri ada di subfolder `regulation/`, satu berkas per pokok, dalam bentuk yang sama dengan isi bawaan
  sistem (`dbt_project/seeds/regulation/`). Sebuah `regulation_code` di `regulation/regulations` menggantikan seluruh
  isi bawaan dengan kode yang sama, jadi salin peraturannya utuh. Persen di atas 100 dan baris tanpa dasar hukum
  ditolak; celah, tumpang tindih dan tarif terbalik ditemukan dengan `hadir rules lint FOLDER`: jalankan sebelum memuat.
  Hari-hari yang diaturnya dihitung ulang pada pembangunan berikutnya; bulan yang sudah ditutup tidak berubah.
"""


@dataclass(frozen=True, slots=True)
class InitReport:
    """What `hadir site init` wrote, and what was there already and stays as it is."""

    written: tuple[str, ...]
    kept: tuple[str, ...]


def init_site(folder: Path) -> InitReport:
    """Writes the files of an empty site folder that are not there yet; never overwrites one.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    texts = {GUIDE: guide()} | {f"{file_of(table)}.csv": example(table) for table in ROW_MODELS}
    (folder / REGULATION).mkdir(exist_ok=True)
    there = {_stem(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    kept = tuple(name for name in texts if _stem(Path(name)) in there)
    written = tuple(name for name in texts if name not in kept)
    for name in written:
        (folder / name).write_text(texts[name], encoding="utf-8")
    return InitReport(written, kept)


def _stem(path: Path) -> str:
    return path.with_suffix("").as_posix().lower()


def example(table: str) -> str:
    """An empty file: the header and one example row that the reader takes for a comment."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    fields = fields_of(table)
    writer.writerow(fields)
    first, *others = [field.examples[0] if field.examples else "" for field in fields.values()]
    writer.writerow([f"#{first}", *others])
    return lines.getvalue()


def guide() -> str:
    """The text of docs/site_folder.md and of BACA_DULU.md: every file, every column, one example row each."""
    return "\n".join([INTRODUCTION, *(_section(table) for table in ROW_MODELS)])


def _section(table: str) -> str:
    model = ROW_MODELS[table]
    lines = [
        f"## {file_of(table)}",
        "",
        (model.__doc__ or "").strip(),
        "",
        "| kolom | wajib | isi | contoh |",
        "|---|---|---|---|",
    ]
    for column, field in fields_of(table).items():
        is_needed = "tidak" if "None" in str(field.annotation) else "ya"
        sample = f"`{field.examples[0]}`" if field.examples and field.examples[0] else ""
        lines.append(f"| `{column}` | {is_needed} | {field.description} | {sample} |")
    if table == "excuses":
        lines += ["", *_excuse_kinds()]
    return "\n".join([*lines, ""])


def _excuse_kinds() -> list[str]:
    with EXCUSE_KINDS_SEED.open(encoding="utf-8", newline="") as rows:
        kinds = list(csv.DictReader(rows))
    lines = ["| jenis | arti | surat wajib |", "|---|---|---|"]
    return lines + [
        f"| `{kind['excuse_kind']}` | {kind['label']} | {'ya' if kind['treat_as'] == 'excused' else 'tidak'} |"
        for kind in kinds
    ]
