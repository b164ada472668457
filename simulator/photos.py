"""Photographs that one office's terminal keeps, the pictures its people are enrolled with, and what is true of each.

The people are drawn (see `simulator.faces`). Almost all photographs show whose PIN was used; planted are a colleague in
his place, an empty corridor, a second face, damaged files, a person without enrolment, a finger that was not known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np

from simulator.faces import DRAWN_PEOPLE, ENROLMENT_SIZE, PHOTO_SIZE, Pose, photograph, pose_of
from simulator.offices import PHOTO_OPD, CitySpec
from simulator.people import Person, Town
from simulator.punches import Log
from simulator.tables import write_rows
from simulator.workdays import workdays

STRANGER = 5  # a drawn person who is enrolled nowhere
CONSENT_LETTER = "800/112/SETWAN/2017"
# What is planted, in this order, one photograph each; the rest show the owner of the PIN.
PLANTED = (*["buddy"] * 6, *["nobody"] * 3, "two", "cut", "empty")
REFUSED = "DITOLAK"  # not even taken in
OUTCOMES = {
    "owner": "COCOK",
    "buddy": "TIDAK_COCOK",
    "nobody": "TANPA_WAJAH",
    "two": "BANYAK_WAJAH",
    "cut": "FOTO_RUSAK",
    "empty": REFUSED,
    "stranger": "BELUM_DIDAFTARKAN",
    "unknown_finger": "BELUM_DIDAFTARKAN",
}
SHARE_PLANTED = 0.15  # at most so much of a small city's photographs is planted


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture kept by a terminal. pin empty: verification failed; story: what it shows; seeds: who stands there."""

    serial: str
    pin: str
    taken_at: datetime
    seeds: tuple[int, ...]
    story: str = "owner"

    @property
    def file_name(self) -> str:
        """As the terminals name it: time, and the PIN when they knew the finger."""
        return f"{self.taken_at:%Y%m%d%H%M%S}{'-' if self.pin else ''}{self.pin}.jpg"


def enrolled_people(town: Town) -> list[tuple[Person, int]]:
    """The people of the office who are enrolled, each with the seed of his face; only who has a NIP can be."""
    if PHOTO_OPD not in town.opd_codes or not town.spec.photo_days:
        return []
    opd = town.opd_codes.index(PHOTO_OPD)
    return list(zip((p for p in town.staff if p.nip and p.stays[0].opd == opd), DRAWN_PEOPLE, strict=False))


def plan_photos(town: Town, logs: list[Log]) -> list[Photo]:
    """The photographs of the office's terminal on the last days up to `until`, planted ones among them."""
    enrolled = enrolled_people(town)
    if not enrolled:
        return []
    terminal = next(t for t in town.terminals if t.opd == town.opd_codes.index(PHOTO_OPD))
    seeds = {person.stays[0].pin: seed for person, seed in enrolled}
    others = {p.stays[0].pin for p in town.staff if p.stays[0].opd == terminal.opd} - set(seeds)
    punches = list(_punches(town.spec, logs[terminal.index]))
    photos = [Photo(terminal.serial, pin, at, (seeds[pin],)) for pin, at in punches if pin in seeds]
    strangers = [Photo(terminal.serial, pin, at, (STRANGER,), "stranger") for pin, at in punches if pin in others]
    return sorted([*_plant(town.spec, photos), *strangers[:1]], key=lambda photo: (photo.taken_at, photo.pin))


def _punches(spec: CitySpec, log: Log) -> Iterator[tuple[str, datetime]]:
    """PIN and time of the punches on the days with photographs."""
    days = np.array(workdays(spec.start, spec.until)[-spec.photo_days :], dtype="datetime64[D]")
    at = log.appears_at.astype("datetime64[s]")
    chosen = np.isin(at.astype("datetime64[D]"), days)
    yield from zip(np.char.decode(log.records["pin"][chosen], "ascii").tolist(), at[chosen].tolist(), strict=True)


def _plant(spec: CitySpec, photos: list[Photo]) -> list[Photo]:
    """Some of the photographs become stories; one more is taken of a finger that the terminal did not know."""
    planted = list(photos)
    rng = np.random.default_rng([spec.seed, 6])
    stories = PLANTED[: int(len(photos) * SHARE_PLANTED)]
    for number, story in zip(rng.permutation(len(photos)).tolist(), stories, strict=False):
        photo = photos[number]
        colleague = _colleague(photos, photo)
        seeds = {"buddy": (colleague,), "nobody": (), "two": (*photo.seeds, colleague)}.get(story, photo.seeds)
        planted[number] = replace(photo, seeds=seeds, story=story)
    if photos:
        first = photos[0]
        at = datetime.fromisoformat(f"{first.taken_at:%Y-%m-%d}T12:31:07")
        planted.append(Photo(first.serial, "", at, first.seeds, "unknown_finger"))
    return planted


def _colleague(photos: list[Photo], photo: Photo) -> int:
    """Who of the others stood there nearest in time: he would be the one to punch for a friend."""
    others = [other for other in photos if other.pin != photo.pin]
    return min(others, key=lambda other: abs(other.taken_at - photo.taken_at)).seeds[0]


def write_photos(folder: Path, spec: CitySpec, photos: list[Photo]) -> None:
    """Draw the pictures into one folder per terminal."""
    for number, photo in enumerate(photos):
        path = folder / photo.serial / photo.file_name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_jpeg(photo, spec.seed, number))


def _jpeg(photo: Photo, *key: int) -> bytes:
    if photo.story == "empty":
        return b""
    pose = pose_of(*key)
    poses = [pose]
    if photo.story == "two":
        poses = [replace(pose, x=-0.34, half_width=0.22), replace(pose, x=0.34, half_width=0.22)]
    picture = photograph(list(zip(photo.seeds, poses, strict=False)), PHOTO_SIZE, *key)
    return picture[: len(picture) // 2] if photo.story == "cut" else picture


def write_enrolment(folder: Path, town: Town) -> None:
    """One good picture per enrolled person, named by NIP, and the list with the letter of consent."""
    enrolled = enrolled_people(town)
    if not enrolled:
        return
    write_rows(
        folder / "enrolment.csv",
        "nip,file,letter_no,consented_on",
        [(person.nip, f"{person.nip}.jpg", CONSENT_LETTER, town.spec.start) for person, _ in enrolled],
    )
    for person, seed in enrolled:
        (folder / f"{person.nip}.jpg").write_bytes(photograph([(seed, Pose())], ENROLMENT_SIZE, seed, 0))


def write_faces_truth(folder: Path, photos: list[Photo]) -> None:
    """What a face check must say of each photograph, and where a colleague stood in."""
    write_rows(
        folder / "faces.csv",
        "file,serial,pin,taken_at,outcome,is_buddy",
        [
            (p.file_name, p.serial, p.pin, p.taken_at, OUTCOMES[p.story], "ya" if p.story == "buddy" else "tidak")
            for p in photos
        ],
    )
