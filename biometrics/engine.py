"""From the bytes of a picture to the vector of the one face in it: the only module that knows the face library.

A face is located once, by dlib's frontal detector without enlargement, and chosen by the detector's score: the largest
box is sometimes a piece of clothing. Broken, huge and hostile pictures are answers (`Unusable`), never crashes. One
detector and one encoder per process, used by one thread: two threads corrupt the detector's memory.

Importing this module takes half a second and 170 MB; only those who compare faces import it.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from biometrics.quality import JITTERS, UPSAMPLE, Gate

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message=".*pkg_resources.*")
    from face_recognition import api as library
# The library switches this on for the whole process: a cut picture would then load half grey, without an error.
ImageFile.LOAD_TRUNCATED_IMAGES = False

DIMENSIONS: Final = 128
MOST_PIXELS: Final = 4_000_000
_SHARPNESS_SIZE: Final = (128, 128)

Vector = NDArray[np.float64]
Pixels = NDArray[np.uint8]
Outcome = Literal["TANPA_WAJAH", "BANYAK_WAJAH", "FOTO_RUSAK"]
Reason = Literal[
    "bukan_gambar", "gambar_terpotong", "gambar_terlalu_besar", "wajah_kecil", "wajah_gelap", "wajah_terlalu_terang",
    "wajah_kabur",
]  # fmt: skip


class Unusable(Exception):
    """A picture without exactly one face that can be judged.

    A face that is too small, dark, bright or blurred is FOTO_RUSAK with its reason: TANPA_WAJAH would be untrue, and a
    distance that is large because the picture is poor must not become a TIDAK_COCOK about a person.
    """

    def __init__(self, outcome: Outcome, reason: Reason | None = None) -> None:
        super().__init__(reason or outcome)
        self.outcome, self.reason = outcome, reason


@dataclass(frozen=True, slots=True)
class Face:
    """The face of a picture, and how good the picture of it is."""

    vector: Vector
    width_px: int
    brightness: float
    sharpness: float
    score: float

    def quality(self) -> dict[str, float]:
        """What is kept of the picture's quality."""
        return {
            "width_px": self.width_px,
            "brightness": round(self.brightness, 1),
            "sharpness": round(self.sharpness, 2),
            "score": round(self.score, 3),
        }


def find_face(content: bytes, gate: Gate) -> Face:
    """The one face of a picture file.

    Raises:
        Unusable: no picture, or not exactly one face that can be judged.
    """
    return find_face_in(decode(content), gate)


def decode(content: bytes) -> Pixels:
    """RGB pixels, upright. The size is read from the header first: a small file can unpack to gigabytes.

    Raises:
        Unusable: FOTO_RUSAK.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content))
        if picture.width * picture.height > MOST_PIXELS:
            raise Unusable("FOTO_RUSAK", "gambar_terlalu_besar")
        picture.load()
        return np.asarray(_eight_bits(ImageOps.exif_transpose(picture)).convert("RGB"))
    except Unusable:
        raise
    except Image.DecompressionBombError as error:
        raise Unusable("FOTO_RUSAK", "gambar_terlalu_besar") from error
    except UnidentifiedImageError as error:
        raise Unusable("FOTO_RUSAK", "bukan_gambar") from error
    except Exception as error:  # a decoder fed by an enemy raises whatever it likes; none of it may end the run
        raise Unusable("FOTO_RUSAK", "gambar_terpotong") from error


def find_face_in(pixels: Pixels, gate: Gate) -> Face:
    """The one face in RGB pixels.

    Raises:
        Unusable: see `find_face`.
    """
    box, score = _locate(pixels, gate)
    width, brightness, median, sharpness = _measure(pixels, box)
    if width < gate.min_face_px:
        raise Unusable("FOTO_RUSAK", "wajah_kecil")
    if brightness < gate.min_brightness:
        raise Unusable("FOTO_RUSAK", "wajah_gelap")
    if median > gate.max_brightness:
        raise Unusable("FOTO_RUSAK", "wajah_terlalu_terang")
    if sharpness < gate.min_sharpness:
        raise Unusable("FOTO_RUSAK", "wajah_kabur")
    landmarks = library.pose_predictor_5_point(pixels, box)
    vector = np.asarray(library.face_encoder.compute_face_descriptor(pixels, landmarks, JITTERS))
    return Face(vector, width, brightness, sharpness, score)


def distance(one: Vector, other: Vector) -> float:
    """Euclidean distance of two faces; it is no probability."""
    return float(np.linalg.norm(one - other))


def pack(vector: Vector) -> bytes:
    """The vector as 512 bytes of float32."""
    return vector.astype("<f4").tobytes()


def unpack(packed: bytes) -> Vector:
    """The vector of `pack`.

    Raises:
        ValueError: not 128 numbers.
    """
    vector = np.frombuffer(packed, "<f4").astype(np.float64)
    if vector.shape != (DIMENSIONS,) or not np.isfinite(vector).all():
        raise ValueError("not a face vector")
    return vector


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Converting 16-bit grey to RGB clips it to white; scaled it shows what it shows."""
    if not picture.mode.startswith("I"):
        return picture
    values = np.asarray(picture).astype(np.float64)
    return Image.fromarray((values * (255 / max(values.max(), 1))).astype(np.uint8))


def _locate(pixels: Pixels, gate: Gate) -> tuple[Any, float]:
    boxes, scores, _ = library.face_detector.run(pixels, UPSAMPLE, 0.0)
    if not boxes:
        raise Unusable("TANPA_WAJAH")
    best, *others = sorted(zip(scores, range(len(boxes)), strict=True), reverse=True)
    if others and others[0][0] >= gate.second_face_min_score:
        raise Unusable("BANYAK_WAJAH")
    return boxes[best[1]], float(best[0])


def _measure(pixels: Pixels, box: Any) -> tuple[int, float, float, float]:
    """Width, 95th percentile and median of grey, sharpness of the part of the box inside the picture."""
    cut = pixels[max(box.top(), 0) : box.bottom() + 1, max(box.left(), 0) : box.right() + 1]
    grey = Image.fromarray(cut).convert("L")
    brightness, median = np.percentile(np.asarray(grey), (95, 50))
    small = np.asarray(grey.resize(_SHARPNESS_SIZE, Image.Resampling.BOX), np.float64)
    edges = 4 * small[1:-1, 1:-1] - small[:-2, 1:-1] - small[2:, 1:-1] - small[1:-1, :-2] - small[1:-1, 2:]
    return box.width(), float(brightness), float(median), float(edges.var())
