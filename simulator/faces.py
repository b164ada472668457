"""Draws faces of people who do not exist, so that face checks can be tried without anybody's photograph.

A face is about thirty numbers from one seed; a photograph of it has other light, turn, tilt, mouth, place and noise.
What comes out are plainly dolls, each marked GAMBAR ("drawn") at its edge. They prove that the way from a terminal's
photograph to a case works; they say nothing about how well faces of people are told apart.

Lengths are in half face widths from the middle between eyes and mouth, x to the right, y down.
The same numbers give the same bytes for one version of numpy and Pillow.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Plane = NDArray[np.floating[Any]]
Size = tuple[int, int]

PHOTO_SIZE: Size = (320, 240)
ENROLMENT_SIZE: Size = (480, 360)
LABEL = "GAMBAR"
# Seeds of people whom dlib's network tells apart: each found in all of nine pictures, any two at least 0.45 apart.
# They are the first such ones from 1 on. On 216 other photographs the distance to one's own enrolment picture was 0.13
# at the median and 0.23 at most, to somebody else's 0.43 at least (3,672 pairs): a threshold of 0.35 separates them.
DRAWN_PEOPLE = (1, 2, 7, 8, 10, 11, 19, 24, 42, 88, 112, 114, 212, 218, 233, 275, 392, 457)
SPREAD, CLIP = 2.0, 1.7  # far apart, never monstrous: normal numbers, cut at 1.7, twice as far from the mean

# (mean, deviation) of each trait before SPREAD.
TRAITS: dict[str, tuple[float, float]] = {
    "width": (1.0, 0.05),
    "height": (1.32, 0.06),
    "jaw": (0.30, 0.09),
    "chin": (0.10, 0.04),
    "eye_x": (0.42, 0.025),
    "eye_y": (-0.17, 0.03),
    "eye_width": (0.19, 0.016),
    "eye_open": (0.085, 0.013),
    "eye_slant": (-0.03, 0.05),
    "iris": (0.085, 0.008),
    "brow_lift": (0.22, 0.03),
    "brow_width": (0.27, 0.025),
    "brow_thick": (0.045, 0.012),
    "brow_slope": (0.0, 0.06),
    "brow_arch": (0.05, 0.025),
    "nose_y": (0.27, 0.04),
    "nose_width": (1.0, 0.13),
    "nose_high": (0.26, 0.05),
    "mouth_y": (0.66, 0.035),
    "mouth_width": (0.36, 0.04),
    "lip_upper": (0.065, 0.015),
    "lip_lower": (0.085, 0.018),
    "lip_dark": (0.75, 0.06),
    "cheeks": (0.10, 0.04),
    "socket": (0.12, 0.03),
    "skin": (1.0, 0.09),
    "skin_warm": (0.0, 0.03),
    "hairline": (-0.86, 0.07),
    "hair_side": (0.55, 0.16),
    "hair_light": (0.14, 0.06),
    "beard": (0.02, 0.08),
}
SKIN = np.array([205, 158, 122], dtype=np.float32)
LIPS = np.array([168, 88, 80], dtype=np.float32)
WHITE = np.array([232, 230, 224], dtype=np.float32)
IRIS = np.array([58, 38, 26], dtype=np.float32)
DARK = np.array([30, 22, 20], dtype=np.float32)
WALL = np.array([176, 190, 186], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Pose:
    """How a photograph was taken. Angles in radians; place and size as shares of the picture's height."""

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    light_x: float = -0.25
    light_y: float = -0.45
    ambient: float = 0.45
    brightness: float = 1.0
    mouth_open: float = 0.0
    x: float = 0.0
    y: float = 0.0
    half_width: float = 0.26
    noise: float = 2.0
    quality: int = 88


def traits_of(seed: int) -> dict[str, float]:
    """The numbers of the person with that seed."""
    drawn = np.random.default_rng([seed, 7]).normal(size=len(TRAITS)).clip(-CLIP, CLIP) * SPREAD
    return {
        name: mean + deviation * float(number)
        for (name, (mean, deviation)), number in zip(TRAITS.items(), drawn, strict=True)
    }


def pose_of(*key: int) -> Pose:
    """The circumstances of one photograph at a terminal, drawn from its key."""
    rng = np.random.default_rng([*key, 11])
    turn = rng.normal(size=6).clip(-1.7, 1.7)
    return Pose(
        yaw=0.06 * float(turn[0]),
        pitch=0.05 * float(turn[1]),
        roll=0.03 * float(turn[2]),
        light_x=-0.15 + 0.2 * float(turn[3]),
        light_y=-0.4 + 0.12 * float(turn[4]),
        ambient=float(rng.uniform(0.4, 0.5)),
        brightness=float(rng.uniform(0.85, 1.12)),
        mouth_open=float(max(0.0, rng.normal(0.0, 0.025))),
        x=0.05 * float(turn[5]),
        y=float(rng.uniform(-0.03, 0.03)),
        half_width=float(rng.uniform(0.24, 0.275)),
        noise=float(rng.uniform(1.5, 3.0)),
        quality=int(rng.integers(74, 90)),
    )


def photograph(people: Sequence[tuple[int, Pose]], size: Size, *key: int) -> bytes:
    """A JPEG of the people (seed and pose) before a wall; nobody: the wall alone. The key seeds the camera's noise.

    Light, noise and quality are those of the first person.
    """
    pose = people[0][1] if people else Pose()
    rng = np.random.default_rng([*key, 13])
    canvas = _wall(size)
    for seed, stands in people:
        _paint_person(canvas, traits_of(seed), stands)
    canvas *= pose.brightness
    canvas += rng.normal(0.0, pose.noise, size=canvas.shape).astype(np.float32)
    image = Image.fromarray(np.clip(canvas, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    draw.text((4, size[1] - 15), LABEL, fill=(90, 20, 20), font=ImageFont.load_default(11))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=pose.quality)
    return buffer.getvalue()


def _wall(size: Size) -> Plane:
    """A plain wall, darker towards the floor."""
    shade = np.linspace(1.05, 0.85, size[1], dtype=np.float32)[:, np.newaxis, np.newaxis]
    return np.ones((size[1], size[0], 3), dtype=np.float32) * WALL * shade


def _bump(  # noqa: PLR0917 - where, and how large
    x: Plane, y: Plane, at_x: float, at_y: float, wide: float, tall: float
) -> Plane:
    """A Gaussian hill of height 1."""
    hill: Plane = np.exp(-(((x - at_x) / wide) ** 2) - ((y - at_y) / tall) ** 2)
    return hill


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The picture's points in the face's own lengths; `dot` is the length of a pixel."""

    x: Plane
    y: Plane
    dot: float

    def inside(self, distance: Plane) -> Plane:
        """1 where the distance to an edge is positive, 0 where negative, soft over one pixel."""
        soft: Plane = np.clip(distance / (1.5 * self.dot) + 0.5, 0, 1)
        return soft


def _sheet(size: Size, pose: Pose) -> _Sheet:
    width, height = size
    unit = pose.half_width * height
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    x = (columns - width / 2) / unit - pose.x / pose.half_width
    y = (rows - height / 2) / unit - pose.y / pose.half_width
    cos, sin = math.cos(pose.roll), math.sin(pose.roll)
    return _Sheet(cos * x + sin * y, cos * y - sin * x, 1 / unit)


def _turned(sheet: _Sheet, traits: dict[str, float], pose: Pose) -> _Sheet:
    """Turning the head moves what stands out further than what lies back."""
    x, y = sheet.x, sheet.y
    for _ in range(2):
        depth = _height(x, y, traits, coarse=True)
        x, y = sheet.x - pose.yaw * depth, sheet.y - pose.pitch * depth
    return _Sheet(x, y, sheet.dot)


def _half_width(y: Plane, traits: dict[str, float]) -> Plane:
    """Half the width of the face at each height: full at the cheeks, narrower to the jaw."""
    lower = np.clip(y / traits["height"], 0, 1)
    narrow: Plane = traits["width"] * (1 - traits["jaw"] * lower**2)
    return narrow


def _height(x: Plane, y: Plane, traits: dict[str, float], coarse: bool = False) -> Plane:
    """How far each point of the face stands out: an egg, and hills on it for nose, brows, cheeks, lips and chin."""
    round_part = 1 - (x / _half_width(y, traits)) ** 2 - (y / traits["height"]) ** 2
    z: Plane = 0.75 * np.sqrt(np.maximum(round_part, 0))
    eye_x, eye_y, nose_y, mouth_y = (traits[name] for name in ("eye_x", "eye_y", "nose_y", "mouth_y"))
    wide = 0.17 * traits["nose_width"]
    z += traits["nose_high"] * _bump(x, y, 0, nose_y, wide, 0.15)
    if coarse:
        return z
    z += 0.55 * traits["nose_high"] * _bump(x, y, 0, (nose_y + eye_y) / 2, 0.6 * wide, 0.24)
    side = np.abs(x)
    z += 0.08 * _bump(side, y, 1.1 * wide, nose_y + 0.03, 0.09, 0.08)
    z -= traits["socket"] * _bump(side, y, eye_x - 0.05, eye_y - 0.02, 0.24, 0.14)
    z += 0.06 * _bump(side, y, eye_x, eye_y - traits["brow_lift"], 0.3, 0.1)
    z += traits["cheeks"] * _bump(side, y, 0.55, 0.22, 0.25, 0.22)
    z += 0.05 * _bump(x, y, 0, mouth_y - 0.05, 0.3, 0.06)
    z += 0.05 * _bump(x, y, 0, mouth_y + 0.08, 0.25, 0.06)
    z += traits["chin"] * _bump(x, y, 0, traits["height"] - 0.28, 0.25, 0.16)
    return z


def _light(z: Plane, dot: float, pose: Pose) -> Plane:
    """Lambert's law: a surface is as bright as it faces the lamp."""
    down, right = np.gradient(z, dot)
    lamp = np.array([pose.light_x, pose.light_y, 1.0], dtype=np.float32)
    lamp /= np.linalg.norm(lamp)
    facing = (lamp[2] - right * lamp[0] - down * lamp[1]) / np.sqrt(1 + right**2 + down**2)
    bright: Plane = pose.ambient + (1.12 - pose.ambient) * np.maximum(facing, 0)
    return bright


def _blend(canvas: Plane, mask: Plane, color: Plane) -> None:
    """Lay a colour (one, or one per pixel) over the canvas where the mask says so."""
    canvas += mask[..., np.newaxis] * (color - canvas)


def _paint_person(canvas: Plane, traits: dict[str, float], pose: Pose) -> None:
    """Body, head, hair and face of one person, back to front."""
    flat = _sheet((canvas.shape[1], canvas.shape[0]), pose)
    hair = (DARK + traits["hair_light"] * 255 * np.array([0.5, 0.4, 0.3], dtype=np.float32)).clip(8, 160)
    skin = SKIN * traits["skin"] * np.array([1 + traits["skin_warm"], 1, 1 - traits["skin_warm"]], "f4")
    _paint_body(canvas, flat, traits, skin)
    head = (np.abs(flat.x) / (1.12 * traits["width"])) ** 2.3
    head += (np.abs(flat.y + 0.12) / (1.1 * traits["height"])) ** 2.3
    _blend(canvas, flat.inside((1 - head) * 0.5) * (flat.y < traits["hair_side"]), hair)
    sheet = _turned(flat, traits, pose)
    bright = _light(_height(sheet.x, sheet.y, traits), sheet.dot, pose)
    edge = 1 - (sheet.x / _half_width(sheet.y, traits)) ** 2 - (sheet.y / traits["height"]) ** 2
    face = sheet.inside(edge * 0.5)
    colors = np.broadcast_to(skin, canvas.shape).copy()
    _paint_skin(colors, sheet, traits)
    _paint_eyes(colors, sheet, traits, hair)
    _paint_mouth(colors, sheet, traits, pose)
    forehead = traits["hairline"] + 0.35 * (sheet.x / traits["width"]) ** 4
    _blend(colors, sheet.inside(forehead - sheet.y), hair)
    _blend(canvas, face, colors * bright[..., np.newaxis])


def _paint_body(canvas: Plane, flat: _Sheet, traits: dict[str, float], skin: Plane) -> None:
    """Neck, ears and a shirt in the brown of officials."""
    shoulders = 1.75 + 0.22 * np.abs(flat.x) ** 1.5
    neck = flat.inside(0.56 * traits["width"] - np.abs(flat.x)) * (flat.y > 0.5)
    _blend(canvas, neck, skin * 0.62)
    _blend(canvas, flat.inside(flat.y - shoulders), np.array([142, 122, 84], dtype=np.float32))
    ear = 1 - ((np.abs(flat.x) - traits["width"]) / 0.11) ** 2 - (flat.y / 0.26) ** 2
    _blend(canvas, flat.inside(ear * 0.1), skin * 0.8)


def _paint_skin(colors: Plane, sheet: _Sheet, traits: dict[str, float]) -> None:
    """Redder cheeks, a shadow of a beard, nostrils, the dark under the eyes."""
    x, y, side = sheet.x, sheet.y, np.abs(sheet.x)
    _blend(colors, 0.12 * _bump(side, y, 0.55, 0.3, 0.25, 0.2), LIPS)
    beard = np.clip((y - 0.42) * 3, 0, 1) * min(max(traits["beard"], 0.0), 0.4)
    _blend(colors, beard, DARK)
    nostril = 0.1 * traits["nose_width"]
    _blend(colors, 0.85 * _bump(side, y, nostril, traits["nose_y"] + 0.11, 0.055, 0.032), DARK)
    _blend(colors, 0.25 * _bump(x, y, 0, traits["nose_y"] + 0.17, 0.2, 0.05), DARK)
    _blend(colors, 0.22 * _bump(side, y, traits["eye_x"], traits["eye_y"] + 0.12, 0.18, 0.05), DARK)


def _paint_eyes(colors: Plane, sheet: _Sheet, traits: dict[str, float], hair: Plane) -> None:
    """Almonds with iris, pupil, a gleam and an upper lid, and the brows above; both sides alike."""
    across = np.abs(sheet.x) - traits["eye_x"]
    down = sheet.y - traits["eye_y"] - traits["eye_slant"] * across
    along = across / traits["eye_width"]
    lid = traits["eye_open"] * np.maximum(1 - along**2, 0)
    white = sheet.inside(np.where(np.abs(along) < 1, lid - np.abs(down), -1))
    _blend(colors, white, WHITE)
    radius = np.sqrt(across**2 + down**2)
    _blend(colors, white * sheet.inside(traits["iris"] - radius), IRIS)
    _blend(colors, white * sheet.inside(0.45 * traits["iris"] - radius), DARK)
    gleam = np.sqrt((across + 0.025) ** 2 + (down + 0.03) ** 2)
    _blend(colors, white * sheet.inside(0.022 - gleam), WHITE)
    upper = np.where(np.abs(along) < 1.08, 0.022 - np.abs(down + lid), -1)
    _blend(colors, 0.9 * sheet.inside(upper), DARK)
    brow = across / traits["brow_width"]
    middle = traits["eye_y"] - traits["brow_lift"] - traits["brow_arch"] * (1 - brow**2)
    middle = middle + traits["brow_slope"] * brow
    thick = max(traits["brow_thick"], 0.018) * (1 - 0.5 * brow**2)
    _blend(
        colors,
        0.85 * sheet.inside(np.where(np.abs(brow) < 1, thick - np.abs(sheet.y - middle), -1)),
        hair * 0.8,
    )


def _paint_mouth(colors: Plane, sheet: _Sheet, traits: dict[str, float], pose: Pose) -> None:
    """Two lips with a dark line between, wider when the mouth is open."""
    along = sheet.x / traits["mouth_width"]
    bow = np.maximum(1 - along**2, 0)
    down = sheet.y - traits["mouth_y"]
    cupid = 1 - 0.35 * np.exp(-((along / 0.22) ** 2))
    upper = traits["lip_upper"] * bow * cupid
    lower = (traits["lip_lower"] + pose.mouth_open) * np.sqrt(bow)
    lips = sheet.inside(np.where(np.abs(along) < 1, np.minimum(down + upper, lower - down), -1))
    _blend(colors, lips, LIPS * (traits["lip_dark"] + 0.25))
    gap = (0.018 + pose.mouth_open / 2) * np.sqrt(bow)
    opening = np.where(np.abs(along) < 1, gap - np.abs(down - pose.mouth_open / 3), -1)
    _blend(colors, 0.85 * sheet.inside(opening), DARK)
