"""One photo against one enrolled face, in a process that was started for it; nothing but the outcome leaves it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from types import TracebackType
from typing import Final, Protocol

from biometrics.books import Threshold, template_binding
from warehouse.console import Problem
from warehouse.photo_files import photo_binding, photo_path
from warehouse.settings import Settings
from warehouse.vault import SealBroken, Vault

CHUNK: Final = 4


@dataclass(frozen=True, slots=True)
class Photo:
    """An encrypted attendance photo."""

    serial: str
    sha256: str
    file_name: str


@dataclass(frozen=True, slots=True)
class Template:
    """The sealed face of an employee."""

    employee_id: str
    version: int
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is to be compared, and by which threshold."""

    photo: Photo
    template: Template
    threshold: Threshold


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome; `distance` only where two faces were compared, `reason` only where they could not be."""

    outcome: str
    reason: str | None = None
    distance: float | None = None


class TemplateBroken(Problem):
    """A template does not open: its row was changed or moved."""


_tools: list[tuple[Settings, Vault]] = []


def start_worker(settings: Settings) -> None:
    """Loads the models of this process once."""
    import biometrics.engine  # noqa: F401 - half a second that no photo has to wait for

    _tools[:] = [(settings, Vault(settings))]


def compare(task: Comparison) -> Checked:
    """Opens, locates, compares.

    Raises:
        KeyWrong: the key of the photo or of the template is missing.
        TemplateBroken: the template does not open.
    """
    from biometrics import engine

    settings, vault = _tools[0]
    photo, template = task.photo, task.template
    try:
        packed = vault.open(template.sealed, template_binding(template.employee_id, template.version))
    except SealBroken as error:
        raise TemplateBroken(
            f"Wajah terdaftar {template.employee_id} versi {template.version} tidak dapat dibuka; daftarkan ulang."
        ) from error
    try:
        path = photo_path(settings, photo.file_name)
        face = engine.find_face(vault.read_file(path, photo_binding(photo.serial, photo.sha256)), task.threshold.gate)
    except SealBroken:
        return Checked("FOTO_RUSAK", "berkas_hilang_atau_berubah")
    except engine.Unusable as unusable:
        return Checked(unusable.outcome, unusable.reason)
    distance = round(engine.distance(face.vector, engine.unpack(packed)), 4)
    return Checked("COCOK" if distance <= task.threshold.cocok_max_distance else "TIDAK_COCOK", None, distance)


class Comparer(Protocol):
    """Whoever does comparisons: the processes below, or a test."""

    def compare_all(self, tasks: list[Comparison]) -> list[Checked]: ...


class Workers:
    """Processes that compare. A picture that kills its process costs itself and nothing else."""

    def __init__(self, settings: Settings, count: int, work: Callable[[Comparison], Checked] = compare) -> None:
        self._settings, self._count, self._work = settings, count, work
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self._stop()

    def compare_all(self, tasks: list[Comparison]) -> list[Checked]:
        """The outcomes in the order of the tasks; processes start with the first.

        Raises:
            Problem: the processes cannot start at all; or see `compare`.
        """
        if not tasks:
            return []
        try:
            return list(self._started().map(self._work, tasks, chunksize=CHUNK))
        except BrokenProcessPool:
            self._stop()
            return [self._compare_alone(task) for task in tasks]

    def _compare_alone(self, task: Comparison) -> Checked:
        try:
            return self._started().submit(self._work, task).result()
        except BrokenProcessPool:
            self._stop()
            return Checked("FOTO_RUSAK", "mematikan_pembaca")

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            pool = ProcessPoolExecutor(self._count, get_context("spawn"), start_worker, (self._settings,))
            try:
                pool.submit(int).result()  # a start that fails is no photo's fault
            except BrokenProcessPool as error:
                raise Problem("Pembaca wajah tidak dapat dijalankan; lihat galat di atas dan memori mesin.") from error
            self._pool = pool
        return self._pool

    def _stop(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None
