"""Whether distances separate people: the few real photographs, and the committed seeds of drawn people."""

from __future__ import annotations

import io
from itertools import combinations

import numpy as np
import pytest
from PIL import Image

from biometrics import engine
from biometrics.quality import Gate
from simulator.faces import DRAWN_PEOPLE, ENROLMENT_SIZE, PHOTO_SIZE, Pose, photograph, pose_of
from tests.support.real_photos import real_photos

pytestmark = pytest.mark.unit
REAL, DRAWN = Gate(0.5, 80, 60, 235, 8), Gate(0.5, 80, 60, 250, 0)
WAJAH_1, CLEARLY_OTHER = 0.50, 0.60
GAMBAR_1 = 0.35
# Five photographs that were taken apart from each other, and two other people.
PERSON_OF = {
    "obama": "A", "obama2": "A", "obama3": "A", "obama_partial_face": "A", "obama_partial_face2": "A", "biden": "B",
    "astronaut": "C",
}  # fmt: skip


@pytest.fixture(scope="module")
def real() -> dict[str, engine.Vector]:
    """Vectors of the real photographs, as they are."""
    return {name: engine.find_face(content, REAL).vector for name, content in real_photos().items()}


def misjudged(vectors: dict[str, engine.Vector], person_of: dict[str, str]) -> list[str]:
    """Pairs of one person that are not called the same, and pairs of two people that are not clearly apart."""
    found = []
    for one, other in combinations(sorted(person_of), 2):
        far = engine.distance(vectors[one], vectors[other])
        is_same = person_of[one] == person_of[other]
        if (is_same and far > WAJAH_1) or (not is_same and far <= CLEARLY_OTHER):
            found.append(f"{one} - {other}: {far:.3f}")
    return found


def test_one_persons_photographs_are_near_and_other_people_far(real: dict[str, engine.Vector]) -> None:
    assert misjudged(real, PERSON_OF) == []


def test_twin_exchanged_names_are_seen(real: dict[str, engine.Vector]) -> None:
    assert misjudged(real, {**PERSON_OF, "obama2": "B"}) != []


def test_the_face_is_the_box_with_the_best_score_and_not_the_largest(real: dict[str, engine.Vector]) -> None:
    """At this size the detector finds a larger face in the astronaut's suit; that one is no second face either."""
    picture = Image.open(io.BytesIO(real_photos()["astronaut"])).convert("RGB").resize((620, 620))
    boxes, scores, _ = engine.library.face_detector.run(np.asarray(picture), 0, 0.0)
    largest = max(range(len(boxes)), key=lambda number: boxes[number].width())
    assert scores[largest] < max(scores), "the picture no longer provokes a larger, wrong box"

    face = engine.find_face_in(np.asarray(picture), REAL)

    assert face.score == max(scores)
    assert engine.distance(face.vector, real["astronaut"]) < WAJAH_1


@pytest.fixture(scope="module")
def enrolled() -> list[engine.Vector]:
    """The enrolment pictures of the drawn people, in the order of their seeds."""
    pictures = (photograph([(seed, Pose())], ENROLMENT_SIZE, seed, 0) for seed in DRAWN_PEOPLE)
    return [engine.find_face(picture, DRAWN).vector for picture in pictures]


def test_drawn_people_are_apart_from_each_other(enrolled: list[engine.Vector]) -> None:
    between = [engine.distance(one, other) for one, other in combinations(enrolled, 2)]

    assert min(between) >= 0.45


def test_fresh_photographs_of_drawn_people_find_their_owner(enrolled: list[engine.Vector]) -> None:
    """Photographs that did not serve to choose the seeds."""
    own, others = [], []
    for number, seed in enumerate(DRAWN_PEOPLE):
        vector = engine.find_face(photograph([(seed, pose_of(seed, 901))], PHOTO_SIZE, seed, 901), DRAWN).vector
        far = [engine.distance(vector, one) for one in enrolled]
        own.append(far.pop(number))
        others += far

    assert max(own) <= GAMBAR_1 - 0.05
    assert min(others) > GAMBAR_1 + 0.05


def test_twin_a_seed_that_resembles_another_is_seen(enrolled: list[engine.Vector]) -> None:
    """Most seeds resemble an accepted one: the list was chosen, the drawing alone does not keep people apart."""
    nearest = []
    for seed in (3, 4, 5, 6):
        vector = engine.find_face(photograph([(seed, Pose())], ENROLMENT_SIZE, seed, 0), DRAWN).vector
        nearest.append(min(engine.distance(vector, one) for one in enrolled))

    assert min(nearest) < 0.45
