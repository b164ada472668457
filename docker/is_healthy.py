"""Health check of a service: exit 0 when the address answers 2xx and no part in its answer is unhealthy."""

from __future__ import annotations

import sys
import urllib.request

with urllib.request.urlopen(sys.argv[1], timeout=5) as answer:  # a refused connection or a status >= 400 raises: exit 1
    sys.exit(b"unhealthy" in answer.read())
