"""What makes two face vectors comparable, and which picture of a face is good enough to be judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# Stored with every template and never mixed: each of them moves a vector by more than a tenth of the threshold.
MODEL: Final = "dlib_resnet_v1/hog/5pt"
UPSAMPLE: Final = 0
JITTERS: Final = 1  # more is not reproducible: the same photo twice would differ


@dataclass(frozen=True, slots=True)
class Gate:
    """Below which quality a face is not judged (biometrics.thresholds).

    Brightness is grey 0 to 255 inside the face: the brightest twentieth must reach `min_brightness` (skin of any tone
    has lit spots), half of it must stay below `max_brightness`. Sharpness is the variance of the Laplacian at 128 px.
    A box counts as a second face from the detector's score `second_face_min_score` on.
    """

    second_face_min_score: float
    min_face_px: float
    min_brightness: float
    max_brightness: float
    min_sharpness: float
