"""Our compiled dashboards as Metabase's own YAML representation, for its validator; the product needs no such files."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from dashboards.metabase.objects import Desired, Ref

DATABASE = "Kehadiran"
CREATOR = "hadir@hadir.example"
FOLDERS = {"collection": "Collection", "card": "Card", "dashboard": "Dashboard"}


def representations(wanted: Sequence[Desired]) -> dict[str, dict[str, Any]]:
    """The YAML documents by file name: numbers of objects become entity ids, numbers of columns become names."""
    ids = {desired.key: _entity_id(desired.key) for desired in wanted}
    return {f"{ids[desired.key]}.yaml": _document(desired, ids) for desired in wanted}


def write(documents: Mapping[str, Mapping[str, Any]], folder: Path) -> None:
    """Writes them where the validator looks; elsewhere it looks at nothing and finds nothing wrong."""
    main = folder / "collections" / "main"
    main.mkdir(parents=True, exist_ok=True)
    for name, document in documents.items():
        plain = json.loads(json.dumps(document))  # without it equal parts would become YAML anchors
        (main / name).write_text(yaml.safe_dump(plain, allow_unicode=True), encoding="utf-8")


def _document(desired: Desired, ids: Mapping[str, str]) -> dict[str, Any]:
    body = _named(desired.body, ids)
    own = ids[desired.key]
    meta = {"id": own, "label": _slug(body["name"]), "model": FOLDERS[desired.model]}
    document = {**body, "entity_id": own, "serdes/meta": [meta]}
    if desired.model != "collection":
        document["creator_id"] = CREATOR
    if desired.model == "card":
        document["dataset_query"] = _query(body["dataset_query"])
        document |= {"parameters": [], "parameter_mappings": []}
    if desired.model == "dashboard":
        document["dashcards"] = [_dashcard(own, n, card) for n, card in enumerate(body["dashcards"])]
    return document


def _named(value: Any, ids: Mapping[str, str]) -> Any:
    if isinstance(value, Ref):
        if value.key == "database":
            return DATABASE
        if value.key.startswith("field:"):
            return [DATABASE, "marts", *value.key.removeprefix("field:").split(".")]
        return ids[value.key]
    if isinstance(value, Mapping):
        return {name: _named(part, ids) for name, part in value.items()}
    return [_named(part, ids) for part in value] if isinstance(value, list | tuple) else value


def _query(legacy: Mapping[str, Any]) -> dict[str, Any]:
    tags = [
        {**tag, "dimension": ["field", {}, tag["dimension"][1]]} if "dimension" in tag else tag
        for tag in legacy["native"]["template-tags"].values()
    ]
    stage = {"lib/type": "mbql.stage/native", "native": legacy["native"]["query"], "template-tags": tags}
    return {"lib/type": "mbql/query", "database": legacy["database"], "stages": [stage]}


def _dashcard(dashboard_id: str, number: int, card: Mapping[str, Any]) -> dict[str, Any]:
    own = _entity_id(f"{dashboard_id}/{number}")
    meta = [{"id": dashboard_id, "model": "Dashboard"}, {"id": own, "model": "DashboardCard"}]
    return {**card, "entity_id": own, "serdes/meta": meta}


def _entity_id(key: str) -> str:
    """21 characters, always the same for the same key; one that begins with '-' looks like an option."""
    return f"h{urlsafe_b64encode(hashlib.sha256(key.encode()).digest()).decode()[:20]}"


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
