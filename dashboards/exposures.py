"""dbt's exposures, written from the dashboards: the auditor's dbt docs show which dashboard reads which mart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from dashboards.definition import CARDS_DIR, ROOM, Dashboard, read_dashboards
from dashboards.sql_reading import marts_read

EXPOSURES_FILE: Final = ROOM.parent / "dbt_project" / "models" / "exposures.yml"
_HEADING: Final = "# Written by 'hadir dashboards exposures' from dashboards/*.yml and cards/*.sql; do not edit here.\n"


def exposures_text(dashboards: Sequence[Dashboard], cards_dir: Path = CARDS_DIR) -> str:
    """The file that dbt reads: one exposure per dashboard, with its owner and the marts of its cards."""
    document = {"exposures": [_exposure(dashboard, cards_dir) for dashboard in dashboards]}
    return _HEADING + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)


def write_exposures(path: Path = EXPOSURES_FILE) -> Path:
    """Writes the file and returns where it lies."""
    path.write_text(exposures_text(read_dashboards()), encoding="utf-8")
    return path


def _exposure(dashboard: Dashboard, cards_dir: Path) -> dict[str, Any]:
    marts = sorted({mart for card in dashboard.cards for mart in marts_read(card.query(cards_dir))})
    return {
        "name": f"dashboard_{dashboard.key}",
        "label": f"{dashboard.reader}: {dashboard.title}",
        "type": "dashboard",
        "maturity": "medium",
        "description": dashboard.description,
        "owner": {"name": dashboard.owner.name},
        "depends_on": [f"ref('{mart}')" for mart in marts],
    }
