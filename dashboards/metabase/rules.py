"""The lint of what goes to Metabase: faults that it draws in silence, as a chart that looks right.

Metabase takes an unknown display for a table, draws another measure in place of one that does not exist, ignores
settings that it does not know, and shows no filter that is mapped to nothing. Its server checks none of this.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, Final

from dashboards.definition import Format
from dashboards.metabase.layout import Place
from dashboards.metabase.native_query import tags_in
from dashboards.metabase.objects import Body, Desired, Ref
from dashboards.sql_reading import bare

Fault = tuple[str, str, str]  # place, rule, message
_Key = tuple[str, Callable[[Any], bool]]


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_records(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _is(kind: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, kind)


# Only what we use: a key that is not here is a typing error until somebody has looked it up.
_COMMON: Final[dict[str, Callable[[Any], bool]]] = {"column_settings": _is(dict)}
_GRAPH: Final = _COMMON | {
    "graph.dimensions": _is_texts,
    "graph.metrics": _is_texts,
    "graph.show_values": _is(bool),
    "graph.x_axis.labels_enabled": _is(bool),
    "graph.y_axis.labels_enabled": _is(bool),
    "graph.x_axis.scale": lambda value: value in ("ordinal", "timeseries", "linear"),
    "graph.split_panels": _is(bool),
    "series_settings": _is(dict),
    "stackable.stack_type": lambda value: value in ("stacked", "normalized", None),
}
KEYS: Final[Mapping[str, Mapping[str, Callable[[Any], bool]]]] = {
    "table": _COMMON | {"table.columns": _is_records, "table.column_formatting": _is_records},
    "scalar": _COMMON | {"scalar.field": _is(str)},
    "row": _GRAPH,
    "bar": _GRAPH,
}
TAG_TYPES: Final = frozenset({"string/=", "date/all-options"})
NUMERIC: Final = frozenset({"integer", "decimal", "percent", "rupiah"})
_ALIAS: Final = r"\s+(?:as\s+)?(?!where\b|inner\b|left\b|cross\b|join\b|on\b|group\b|order\b|limit\b)[a-z_]"


def card_faults(card: Desired, formats: Mapping[str, Format]) -> Iterator[Fault]:
    """Faults of one compiled card.

    Args:
        card: as `compile` makes it.
        formats: the declared columns of its SQL; lint_in_database holds them against the answer.
    """
    display, settings = card.body["display"], card.body["visualization_settings"]
    if display not in KEYS:
        yield card.key, "tampilan_asing", f"Metabase menggambar '{display}' sebagai tabel tanpa memberi tahu"
        return
    for name in sorted(settings.keys() - KEYS[display].keys()):
        yield card.key, "setelan_asing", f"'{name}' tidak dikenal untuk '{display}' dan diabaikan tanpa kabar"
    malformed = sorted(
        name for name in settings.keys() & KEYS[display].keys() if not KEYS[display][name](settings[name])
    )
    for name in malformed:
        yield card.key, "setelan_salah_bentuk", f"isi '{name}' tidak sah"
    if malformed:
        return
    for name in sorted(_columns(settings) - formats.keys()):
        yield card.key, "kolom_metabase_tidak_ada", f"kolom {name} tidak ada; Metabase menggambar ukuran lain"
    for name in _texts(settings.get("graph.metrics")):
        if formats.get(name, "integer") not in NUMERIC:
            yield card.key, "ukuran_metabase_bukan_angka", f"kolom {name} digambar, tetapi bukan angka"
    yield from _query_faults(card.key, card.body["dataset_query"]["native"])


def _texts(value: Any) -> list[str]:
    return value if _is_texts(value) else []


def _columns(settings: Body) -> set[str]:
    """Every column that the settings name."""
    named = {*_texts(settings.get("graph.dimensions")), *_texts(settings.get("graph.metrics"))}
    named |= settings.get("series_settings", {}).keys()
    named |= {json.loads(key)[1] for key in settings.get("column_settings", {})}
    for item in settings.get("table.columns", ()):
        named.add(item["name"])
    for item in settings.get("table.column_formatting", ()):
        named.update(item["columns"])
    field = settings.get("scalar.field")
    return named | ({field} if isinstance(field, str) else set())


def _query_faults(place: str, native: Body) -> Iterator[Fault]:
    sql, tags = native["query"], native["template-tags"]
    for name in sorted(tags_in(sql) ^ tags.keys()):
        yield place, "tag_tidak_cocok", f"{{{{{name}}}}} dan template-tags tidak sama"
    optional = " ".join(re.findall(r"\[\[.*?\]\]", sql, re.DOTALL))
    for name, tag in tags.items():
        if name not in tags_in(optional) and tag.get("default") is None:
            yield place, "tag_wajib_tanpa_isi", f"{{{{{name}}}}} di luar [[ ]]: kartu kosong sampai seseorang memilih"
        if tag.get("widget-type") not in TAG_TYPES:
            yield place, "jenis_saringan_asing", f"{name}: '{tag.get('widget-type')}' tidak dikenal"
        mart = _mart_of(tag)
        if re.search(rf"\bmarts\.{mart}\b(?={_ALIAS})", _query_around(bare(sql), name), re.IGNORECASE):
            yield place, "alias_pada_saringan", f"marts.{mart} tidak boleh beralias: Metabase menulis nama lengkapnya"


def _mart_of(tag: Body) -> str:
    field = tag["dimension"][1]
    return field.key.removeprefix("field:").split(".")[0] if isinstance(field, Ref) else ""


def _query_around(sql: str, name: str) -> str:
    """The innermost parentheses that hold the tag, else the whole: elsewhere the mart may have an alias."""
    inner = [part for part in re.findall(r"\(([^()]*)\)", sql) if f"{{{{{name}}}}}" in part]
    return " ".join(inner) if inner else sql


def dashboard_faults(dashboard: Desired) -> Iterator[Fault]:
    """Faults of one compiled dashboard: its grid and its filters."""
    cards = dashboard.body["dashcards"]
    places = [Place(card["row"], card["col"], card["size_x"], card["size_y"]) for card in cards]
    for place in places:
        if not place.is_inside:
            yield dashboard.key, "di_luar_kisi", f"kartu di baris {place.row} kolom {place.col} melewati 24 kolom"
    for one, other in combinations(places, 2):
        if one.overlaps(other):
            yield dashboard.key, "bertindihan", f"dua kartu di baris {one.row} dan {other.row} bertindihan"
    mapped = {mapping["parameter_id"] for card in cards for mapping in card["parameter_mappings"]}
    for parameter in dashboard.body["parameters"]:
        if parameter["id"] not in mapped:
            yield dashboard.key, "saringan_tak_terhubung", f"'{parameter['name']}' tidak terhubung: tidak akan tampak"
        if parameter["type"] not in TAG_TYPES:
            yield dashboard.key, "jenis_saringan_asing", f"{parameter['name']}: '{parameter['type']}' tidak dikenal"


def mapping_faults(dashboard: Desired, cards: Mapping[str, Desired]) -> Iterator[Fault]:
    """Mappings that lead to a tag that the card does not have, or that has another type than the filter."""
    types = {parameter["id"]: parameter["type"] for parameter in dashboard.body["parameters"]}
    for dashcard in dashboard.body["dashcards"]:
        for mapping in dashcard["parameter_mappings"]:
            tags = cards[mapping["card_id"].key].body["dataset_query"]["native"]["template-tags"]
            kind, (_, name) = mapping["target"]
            tag = tags.get(name)
            if tag is None or kind != "dimension" or tag["widget-type"] != types.get(mapping["parameter_id"]):
                yield mapping["card_id"].key, "saringan_salah_sasaran", f"'{name}' tidak ada atau jenisnya lain"


def name_faults(wanted: Sequence[Desired]) -> Iterator[Fault]:
    """Two objects of one kind with one name in one collection: people cannot tell them apart."""
    homes = Counter(
        (item.model, item.body.get("collection_id") or item.body.get("parent_id"), item.body["name"]) for item in wanted
    )
    for (model, _, name), count in homes.items():
        if count > 1:
            yield name, "nama_ganda", f"{count} {model} bernama sama dalam satu koleksi"
