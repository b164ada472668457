"""A face check against bare dlib, against the library's plain use, and with two processes; on a face drawn here.

No photograph is needed for time: one that the detector finds takes as long as any other. The picture is 640x480 with a
face of about 200 px, as terminals store it.
"""

from __future__ import annotations

import hashlib
import io
from datetime import date
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from benchmarks.ratio import Figure, seconds, side_by_side
from biometrics import engine
from biometrics.books import Threshold, template_binding
from biometrics.comparison import Comparison, Photo, Template, Workers
from biometrics.quality import Gate
from warehouse.photo_files import photo_binding, photo_file_name, photo_path
from warehouse.settings import Settings
from warehouse.vault import Vault

ROUNDS, PHOTOS = 11, 60
OPEN = Gate(0.5, 60, 0, 256, 0)
