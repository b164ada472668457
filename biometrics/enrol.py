"""Enrols faces: one good picture per person and a letter in which he agrees. The picture itself is not kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import Json

from biometrics import engine
from biometrics.books import Kind, biometrics_connection, find_employee, read_thresholds, template_binding, threshold_on
from biometrics.enrolment_list import Entry, Refusal, Refused, read_list
from biometrics.forget import finish_forgetting
from biometrics.quality import JITTERS, MODEL, UPSAMPLE, Gate
from warehouse.clock import Clock
from warehouse.settings import Settings
from warehouse.vault import Vault

MOST_BYTES: Final = 20 * 2**20
SHOWN_REFUSALS: Final = 20
_REMEDIES: Final = {
    "TANPA_WAJAH": ("tidak ada wajah yang terlihat", "pakai foto dari depan, wajah utuh dalam bingkai"),
    "BANYAK_WAJAH": ("ada lebih dari satu wajah", "pakai foto yang hanya memuat orang ini"),
    "bukan_gambar": ("isinya bukan gambar", "simpan ulang sebagai JPEG"),
    "gambar_terpotong": ("gambarnya terpotong atau rusak", "salin ulang fotonya"),
    "gambar_terlalu_besar": ("lebih dari 4 megapiksel", "perkecil fotonya"),
    "wajah_kecil": ("wajahnya terlalu kecil", "potret lebih dekat"),
    "wajah_gelap": ("wajahnya terlalu gelap", "potret di tempat terang"),
    "wajah_terlalu_terang": ("wajahnya terlalu terang", "jangan menghadap lampu"),
    "wajah_kabur": ("wajahnya kabur", "potret ulang dengan kamera diam"),
}

_IN_FORCE: Final = """
select version, picture_sha256 = %(sha256)s and letter_no = %(letter)s
    and (kind, model, upsample, jitters) = (%(kind)s, %(model)s, %(upsample)s, %(jitters)s)
from biometrics.templates where employee_id = %(employee)s and valid_to is null
"""
_CONSENT: Final = """
insert into biometrics.consents (employee_id, letter_no, consented_on, recorded_at)
values (%(employee)s, %(letter)s, %(consented_on)s, %(now)s)
on conflict (employee_id, letter_no) do update set consented_on = consents.consented_on
returning withdrawn_at is not null
"""
_SUPERSEDE: Final = """
update biometrics.templates set valid_to = %(now)s, vector = null, key_id = null
where employee_id = %(employee)s and valid_to is null
"""
_INSERT: Final = """
insert into biometrics.templates (
    employee_id, version, kind, vector, key_id, picture_sha256, letter_no, model, upsample, jitters, quality, valid_from
) values (
    %(employee)s, %(version)s, %(kind)s, %(vector)s, %(key)s, %(sha256)s, %(letter)s, %(model)s, %(upsample)s,
    %(jitters)s, %(quality)s, %(now)s
)
"""
# What could not be compared for want of a face is looked at again.
_LOOK_AGAIN: Final = """
delete from biometrics.verifications where employee_id = %(employee)s and outcome = 'BELUM_DIDAFTARKAN'
"""


@dataclass(slots=True)
class EnrolReport:
    """Who was enrolled (`enrolled`), was so before (`unchanged`), and what was refused."""

    enrolled: int = 0
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)

    def text(self) -> str:
        """For people."""
        lines = [f"{self.enrolled} wajah didaftarkan, {self.unchanged} sudah terdaftar, {len(self.refused)} ditolak"]
        lines += [f"  {one.file}: {one.reason}; {one.remedy}" for one in self.refused[:SHOWN_REFUSALS]]
        if len(self.refused) > SHOWN_REFUSALS:
            lines.append(f"  ... dan {len(self.refused) - SHOWN_REFUSALS} lagi; semuanya dengan --json")
        return "\n".join(lines)


def enrol(
    settings: Settings,
    source: Path,
    clock: Clock,
    *,
    kind: Kind = "real",
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> EnrolReport:
    """Enrols everybody on the list, one transaction each; the same picture and letter again change nothing.

    Args:
        settings: where the database, the keys and the photos are.
        source: folder with enrolment.csv, or an XLSX beside its pictures.
        clock: says from when on the face holds.
        kind: `drawn` for the demo's drawn faces, which have thresholds of their own.
        tell: is told how far it is.

    Raises:
        Problem: no such list (exit code 2), a key or the database is missing.
    """
    entries, refused = read_list(source)
    report = EnrolReport(refused=refused)
    vault = Vault(settings)
    with biometrics_connection(settings) as connection:
        finish_forgetting(connection, settings, clock)
        with connection, connection.cursor() as cursor:
            today = clock().astimezone(settings.zone).date()
            gate = threshold_on(read_thresholds(cursor), kind, today).gate
        for done, entry in enumerate(entries, start=1):
            try:
                with connection, connection.cursor() as cursor:
                    is_new = _Enrolment(cursor, vault, gate, kind, clock).take(entry, settings)
                report.enrolled += is_new
                report.unchanged += not is_new
            except Refused as refusal:
                report.refused.append(refusal.refusal)
            tell(done, len(entries))
    return report


@dataclass(frozen=True, slots=True)
class _Enrolment:
    cursor: Cursor
    vault: Vault
    gate: Gate
    kind: Kind
    clock: Clock

    def take(self, entry: Entry, settings: Settings) -> bool:
        """Whether a new face is in force afterwards; the old one's vector goes."""
        now, name = self.clock(), entry.picture.name
        today = now.astimezone(settings.zone).date()
        employee = find_employee(self.cursor, entry.nip, today)
        if employee is None:
            raise Refused(name, "NIP-nya tidak dikenal", "periksa nip di daftar, atau lengkapi folder situs")
        if entry.consented_on > today:
            raise Refused(name, "tanggal persetujuannya di masa depan", "periksa consented_on")
        content = _read(entry.picture)
        values: dict[str, object] = {
            "employee": employee, "letter": entry.letter_no, "consented_on": entry.consented_on, "kind": self.kind,
            "sha256": hashlib.sha256(content).hexdigest(), "model": MODEL, "upsample": UPSAMPLE, "jitters": JITTERS,
            "now": now,
        }  # fmt: skip
        self.cursor.execute(_IN_FORCE, values)
        _, is_same = self.cursor.fetchone() or (0, False)
        if is_same:
            return False
        try:
            face = engine.find_face(content, self.gate)
        except engine.Unusable as unusable:
            raise Refused(name, *_REMEDIES[unusable.reason or unusable.outcome]) from unusable
        self.cursor.execute(_CONSENT, values)
        (is_withdrawn,) = self.cursor.fetchone() or (False,)
        if is_withdrawn:
            raise Refused(name, "persetujuan dengan surat ini sudah dicabut", "minta surat persetujuan yang baru")
        self._store(values, face)
        return True

    def _store(self, values: dict[str, object], face: engine.Face) -> None:
        self.cursor.execute(_SUPERSEDE, values)
        self.cursor.execute(
            "select coalesce(max(version), 0) + 1 from biometrics.templates where employee_id = %(employee)s", values
        )
        (version,) = self.cursor.fetchone() or (1,)
        sealed = self.vault.seal(engine.pack(face.vector), template_binding(str(values["employee"]), version))
        self.cursor.execute(
            _INSERT,
            {
                **values,
                "version": version,
                "vector": sealed,
                "key": self.vault.current_key_id,
                "quality": Json(face.quality()),
            },
        )
        self.cursor.execute(_LOOK_AGAIN, values)


def _read(picture: Path) -> bytes:
    try:
        if picture.stat().st_size > MOST_BYTES:
            raise Refused(picture.name, "lebih dari 20 MB", "perkecil fotonya")
        content = picture.read_bytes()
    except OSError as error:
        raise Refused(
            picture.name, f"fotonya tidak terbaca ({error.strerror})", "taruh fotonya di folder ini"
        ) from error
    if not content:
        raise Refused(picture.name, "berkasnya kosong", "salin ulang fotonya")
    return content
