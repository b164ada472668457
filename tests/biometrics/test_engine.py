"""What the engine makes of pictures: good ones, poor ones, and those that someone made to break it."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFile, ImageFilter

from biometrics import engine
from biometrics.quality import Gate

pytestmark = pytest.mark.unit
GATE = Gate(0.5, 80, 60, 235, 8)


def picture(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def face_of(content: bytes, width_px: int = 130) -> Image.Image:
    """The picture scaled so that its face is about as wide as at a terminal."""
    whole = picture(content)
    found = engine.find_face(content, GATE)
    scale = width_px / found.width_px
    return whole.resize((int(whole.width * scale), int(whole.height * scale)), Image.Resampling.LANCZOS)


def saved(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def refusal(content: bytes, gate: Gate = GATE) -> tuple[str, str | None]:
    with pytest.raises(engine.Unusable) as caught:
        engine.find_face(content, gate)
    return caught.value.outcome, caught.value.reason


@pytest.fixture(scope="module")
def small(real_pictures: dict[str, bytes]) -> Image.Image:
    return face_of(real_pictures["obama"])


@pytest.fixture(scope="module")
def vector(small: Image.Image) -> engine.Vector:
    return engine.find_face(saved(small, quality=75), GATE).vector


def test_one_person_is_near_and_another_is_far(real_pictures: dict[str, bytes], vector: engine.Vector) -> None:
    same = engine.find_face(real_pictures["obama3"], GATE).vector
    other = engine.find_face(real_pictures["biden"], GATE).vector

    assert engine.distance(vector, same) < 0.5
    assert engine.distance(vector, other) > 0.6


def test_the_same_picture_gives_the_same_vector(small: Image.Image, vector: engine.Vector) -> None:
    again = engine.find_face(saved(small, quality=75), GATE).vector

    assert engine.distance(vector, again) == 0
    assert engine.distance(vector, engine.unpack(engine.pack(vector))) < 1e-6


@pytest.mark.parametrize("packed", [b"", b"\0" * 508, np.full(128, np.nan, "<f4").tobytes()])
def test_what_is_no_vector_is_not_compared(packed: bytes) -> None:
    with pytest.raises(ValueError, match="not a face vector"):
        engine.unpack(packed)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xd8\xff", b"<html><body>404</body></html>", b"%PDF-1.4", b"GIF89a"], ids=repr
)
def test_what_is_no_picture(content: bytes) -> None:
    assert refusal(content)[0] == "FOTO_RUSAK"


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_cut_picture_is_broken_and_not_half_grey(small: Image.Image, share: float) -> None:
    content = saved(small)

    assert refusal(content[: int(len(content) * share)]) == ("FOTO_RUSAK", "gambar_terpotong")


def test_twin_with_the_librarys_switch_a_cut_picture_would_pass(
    small: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = saved(small)
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False

    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)

    assert engine.decode(content[: int(len(content) * 0.9)]).shape[2] == 3


@pytest.mark.parametrize("side", [12_000, 14_000])
def test_a_small_file_that_unpacks_to_gigabytes_is_refused_by_its_header(side: int) -> None:
    bomb = saved(Image.new("1", (side, side)), "PNG")
    assert len(bomb) < 100_000

    assert refusal(bomb) == ("FOTO_RUSAK", "gambar_terlalu_besar")


def test_a_picture_on_its_side_is_turned_upright(small: Image.Image, vector: engine.Vector) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by 90 degrees clockwise
    lying = saved(small.rotate(90, expand=True), exif=exif, quality=90)

    assert engine.distance(engine.find_face(lying, GATE).vector, vector) < 0.2
    assert refusal(saved(small.rotate(90, expand=True)))[0] == "TANPA_WAJAH", "without the mark it is not found"


def test_other_colours_and_depths_are_read(small: Image.Image, vector: engine.Vector) -> None:
    grey = small.convert("L")
    sixteen = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    forms = {
        "CMYK": saved(small.convert("CMYK")),
        "grey": saved(grey),
        "alpha": saved(small.convert("RGBA"), "PNG"),
        "palette": saved(small.convert("P"), "GIF"),
        "16 bit": saved(sixteen, "PNG"),
    }

    far = {name: engine.distance(engine.find_face(content, GATE).vector, vector) for name, content in forms.items()}

    assert {name for name, distance in far.items() if distance > 0.35} == set(), far


def test_two_faces_are_too_many_and_none_is_too_few(real_pictures: dict[str, bytes], small: Image.Image) -> None:
    other = face_of(real_pictures["biden"])
    both = Image.new("RGB", (small.width + other.width, max(small.height, other.height)))
    both.paste(small, (0, 0))
    both.paste(other, (small.width, 0))

    assert refusal(saved(both)) == ("BANYAK_WAJAH", None)
    assert refusal(saved(Image.new("RGB", (640, 480), "grey"))) == ("TANPA_WAJAH", None)


def test_a_face_that_cannot_be_judged_is_no_mismatch(small: Image.Image) -> None:
    tiny = small.resize((small.width * 60 // 130, small.height * 60 // 130))
    poor = {
        "wajah_kecil": tiny,
        "wajah_gelap": ImageEnhance.Brightness(small).enhance(0.2),
        "wajah_kabur": small.filter(ImageFilter.GaussianBlur(130 * 0.04)),
    }

    assert {refusal(saved(image)) for image in poor.values()} == {("FOTO_RUSAK", reason) for reason in poor}
    for still_good in (
        ImageEnhance.Brightness(small).enhance(0.4),
        ImageEnhance.Brightness(small).enhance(1.6),
        small.filter(ImageFilter.GaussianBlur(130 * 0.01)),
    ):
        engine.find_face(saved(still_good), GATE)


def test_a_second_box_counts_from_its_score_on(real_pictures: dict[str, bytes], small: Image.Image) -> None:
    other = face_of(real_pictures["biden"])
    both = Image.new("RGB", (small.width + other.width, max(small.height, other.height)))
    both.paste(small, (0, 0))
    both.paste(other, (small.width, 0))

    # With a border that no second box reaches, the face with the best score is the face of the picture.
    strict = Gate(99, 80, 60, 235, 8)
    assert engine.find_face(saved(both), strict).score == pytest.approx(
        max(engine.find_face(saved(one), strict).score for one in (small, other)), abs=0.3
    )
