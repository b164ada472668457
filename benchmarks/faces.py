"""A face check against bare dlib, against the library's plain use, and with two processes against one.

The picture is 640x480 with one drawn face; a photograph in which a face is found takes the same time.
"""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import numpy as np

from benchmarks.ratio import Action, Figure, side_by_side
from biometrics import engine
from biometrics.books import Threshold, template_binding
from biometrics.comparison import Comparison, Photo, Template, Workers
from biometrics.quality import Gate
from simulator.faces import DRAWN_PEOPLE, photograph, pose_of
from warehouse.photo_files import photo_binding, photo_file_name, photo_path
from warehouse.settings import Settings
from warehouse.vault import Vault

ROUNDS, PHOTOS = 9, 40
SIZE = (640, 480)
GATE = Gate(0.5, 80, 0, 256, 0)


def run() -> list[Figure]:
    content = photograph([(DRAWN_PEOPLE[0], pose_of(1))], SIZE, 1)
    with processes(content) as (ours, other):
        return [_against_dlib(content), _against_plain_use(content), side_by_side(
            f"{PHOTOS} photos: one process / two", ours, other, aim=">= 1.7", rounds=5, peer=True
        )]  # fmt: skip


def _against_dlib(content: bytes) -> Figure:
    """Theirs has the pixels at hand: ours also decodes, turns upright and measures the quality."""
    pixels = engine.decode(content)
    loaded = engine.library  # its detector, points and encoder are dlib's own objects

    def bare() -> object:
        boxes, _, _ = loaded.face_detector.run(pixels, 0, 0.0)
        points = loaded.pose_predictor_5_point(pixels, boxes[0])
        return loaded.face_encoder.compute_face_descriptor(pixels, points, 1)

    def ours() -> object:
        return engine.find_face(content, GATE)

    assert np.array_equal(np.asarray(bare()), engine.find_face(content, GATE).vector)
    return side_by_side("one face check / bare dlib", ours, bare, aim="<= 1.1", rounds=ROUNDS)


def _against_plain_use(content: bytes) -> Figure:
    def plain() -> object:
        pixels = engine.library.load_image_file(io.BytesIO(content))
        return engine.library.face_locations(pixels), engine.library.face_encodings(pixels)

    return side_by_side("face_locations + face_encodings / one face check", lambda: engine.find_face(content, GATE),
                        plain, aim=">= 2.3", rounds=ROUNDS, peer=True)  # fmt: skip


@contextmanager
def processes(content: bytes) -> Iterator[tuple[Action, Action]]:
    """The same photos through two processes and through one, both started and warm."""
    settings = Settings(var_dir=Path(tempfile.mkdtemp(prefix="hadir-bench-")))
    try:
        tasks = _tasks(settings, content)
        with Workers(settings, 2) as two, Workers(settings, 1) as one:
            for workers in (two, one):
                assert {checked.outcome for checked in workers.compare_all(tasks)} == {"COCOK"}
            yield lambda: two.compare_all(tasks), lambda: one.compare_all(tasks)
    finally:
        shutil.rmtree(settings.var_dir)


def _tasks(settings: Settings, content: bytes) -> list[Comparison]:
    vault, name = Vault(settings), photo_file_name("BENCH", "0")
    vault.write_file(photo_path(settings, name), content, photo_binding("BENCH", "0"))
    vector = engine.pack(engine.find_face(content, GATE).vector)
    template = Template("E1", 1, vault.seal(vector, template_binding("E1", 1)))
    threshold = Threshold("bench", "drawn", date.min, date.max, 0.4, GATE)
    return [Comparison(Photo("BENCH", "0", name), template, threshold)] * PHOTOS
