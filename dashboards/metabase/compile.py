"""From our definition to what Metabase should hold: collections, cards and dashboards, with ids still as names."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dashboards.definition import CARDS_DIR, Card, Dashboard, Filter
from dashboards.metabase.layout import GRID_COLUMNS, places
from dashboards.metabase.native_query import native_query
from dashboards.metabase.objects import Body, Desired, Ref
from dashboards.metabase.visual import Drawing, drawings

ROOT_NAME: Final = "Kehadiran"
ROOT_KEY: Final = "collection:kehadiran"
# Groups of Metabase by the roles of the definition; an office has a group of its own.
GROUPS: Final = {
    "wali_kota": "Pimpinan", "wakil": "Pimpinan", "sekda": "Sekda", "bkpp": "BKPP", "auditor": "Auditor",
}  # fmt: skip
HEADING_HEIGHT: Final = 1


@dataclass(frozen=True, slots=True)
class Access:
    """A group and the collections that it reads."""

    group: str
    collections: tuple[str, ...]


def folder_key(dashboard: Dashboard) -> str:
    """The key of the dashboard's collection: rights are given by collection, so each dashboard has one."""
    return f"collection:dashboard/{dashboard.key}"


def cards_folder_key(dashboard: Dashboard) -> str:
    """The key of the collection of its cards: readers meet dashboards first."""
    return f"collection:cards/{dashboard.key}"


def group_of(role: str) -> str:
    """The group of a role; `opd:DINKES` is the group `OPD DINKES`."""
    kind, _, opd_code = role.partition(":")
    return f"OPD {opd_code}" if opd_code else GROUPS[kind]


def groups_of(dashboard: Dashboard) -> list[str]:
    """Who reads it, in the order of its roles: the first is whose dashboard it is."""
    return list(dict.fromkeys(group_of(role) for role in dashboard.roles))


def accesses(dashboards: Sequence[Dashboard]) -> list[Access]:
    """Which group reads which collections; whatever is not named here, nobody but administrators reads."""
    read: dict[str, list[str]] = {}
    for dashboard in dashboards:
        for group in groups_of(dashboard):
            read.setdefault(group, []).extend([folder_key(dashboard), cards_folder_key(dashboard)])
    return [Access(group, tuple(folders)) for group, folders in read.items()]


def filters_of(dashboards: Sequence[Dashboard]) -> list[Filter]:
    """Every filter once per column, for their fields in Metabase."""
    return list({item.field: item for dashboard in dashboards for item in dashboard.filters}.values())


def compile_dashboards(dashboards: Sequence[Dashboard], cards_dir: Path = CARDS_DIR) -> list[Desired]:
    """Every object in the order in which they can be made: what is named by others stands before them."""
    made = {item.key: item for item in _collections(dashboards)}
    found = list(made.values())
    for dashboard in dashboards:
        cards = [pair for card in dashboard.cards for pair in _cards(dashboard, card, cards_dir)]
        found += [desired for desired, _ in cards]
        found.append(_dashboard(dashboard, cards))
    return found


def _collections(dashboards: Sequence[Dashboard]) -> list[Desired]:
    found = [_collection(ROOT_KEY, ROOT_NAME, "Dibuat oleh hadir; perubahan dengan tangan dikembalikan.", None)]
    for dashboard in dashboards:
        shelf = "OPD" if dashboard.opd_code is not None else groups_of(dashboard)[0]
        shelf_key, folder = f"collection:{shelf.lower()}", folder_key(dashboard)
        found.append(_collection(shelf_key, shelf, None, Ref(ROOT_KEY)))
        found.append(_collection(folder, dashboard.reader, None, Ref(shelf_key)))
        found.append(_collection(cards_folder_key(dashboard), "Kartu", None, Ref(folder)))
    return found


def _collection(key: str, name: str, description: str | None, parent: Ref | None) -> Desired:
    return Desired(
        key, "collection", {"name": name, "description": description, "parent_id": parent, "archived": False}
    )


def _cards(dashboard: Dashboard, card: Card, cards_dir: Path) -> list[tuple[Desired, Drawing]]:
    query = native_query(card.query(cards_dir), dashboard.filters)
    return [
        (
            Desired(
                f"card:{dashboard.key}/{card.key}{drawing.suffix}",
                "card",
                {
                    "name": drawing.name,
                    "description": drawing.hint,
                    "type": "question",
                    "display": drawing.display,
                    "collection_id": Ref(cards_folder_key(dashboard)),
                    "dataset_query": query,
                    "visualization_settings": drawing.settings,
                    "archived": False,
                },
            ),
            drawing,
        )
        for drawing in drawings(card)
    ]


def _dashboard(dashboard: Dashboard, cards: Sequence[tuple[Desired, Drawing]]) -> Desired:
    sizes = [(GRID_COLUMNS, HEADING_HEIGHT), *((drawing.width, drawing.height) for _, drawing in cards)]
    heading, *rest = places(sizes)
    title = f"{dashboard.reader}: {dashboard.title}"
    dashcards = [
        {
            "card_id": None,
            **_placed(heading.row, heading.col, heading.size_x, heading.size_y),
            "visualization_settings": _heading(title),
            "parameter_mappings": [],
        }
    ]
    for (desired, drawing), place in zip(cards, rest, strict=True):
        dashcards.append(
            {
                "card_id": Ref(desired.key),
                **_placed(place.row, place.col, place.size_x, place.size_y),
                "visualization_settings": {"card.title": drawing.heading},
                "parameter_mappings": _mappings(dashboard, desired),
            }
        )
    return Desired(
        f"dashboard:{dashboard.key}",
        "dashboard",
        {
            "name": title,
            "description": dashboard.description,
            "collection_id": Ref(folder_key(dashboard)),
            "width": "full",
            "auto_apply_filters": True,
            "archived": False,
            "parameters": [_parameter(dashboard, item) for item in dashboard.filters],
            "tabs": [],
            "dashcards": dashcards,
        },
    )


def _placed(row: int, col: int, size_x: int, size_y: int) -> Body:
    return {"row": row, "col": col, "size_x": size_x, "size_y": size_y, "series": []}


def _heading(text: str) -> Body:
    nothing: Body = {"name": None, "visualization_settings": {}, "dataset_query": {}, "archived": False}
    return {"virtual_card": {**nothing, "display": "heading"}, "text": text}


def parameter_id(dashboard: Dashboard, item: Filter) -> str:
    """Eight hexadecimal digits, always the same for the same filter of the same dashboard."""
    return hashlib.sha256(f"{dashboard.key}/{item.key}".encode()).hexdigest()[:8]


def _parameter(dashboard: Dashboard, item: Filter) -> Body:
    """A pick-list comes from the values of the mapped field, which is told to have a list of them."""
    kind = item.type.split("/")[0]
    found: Body = {
        "id": parameter_id(dashboard, item),
        "name": item.label,
        "slug": item.key,
        "type": item.type,
        "sectionId": kind,
    }
    if kind == "string":
        found["values_query_type"] = "list"
    return found | ({"default": item.default} if item.default is not None else {})


def _mappings(dashboard: Dashboard, card: Desired) -> list[Body]:
    tags = card.body["dataset_query"]["native"]["template-tags"]
    return [
        {
            "parameter_id": parameter_id(dashboard, item),
            "card_id": Ref(card.key),
            "target": ["dimension", ["template-tag", item.key]],
        }
        for item in dashboard.filters
        if item.key in tags
    ]
