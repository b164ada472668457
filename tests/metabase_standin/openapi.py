"""The stand-in's own description of the bodies that it takes, where a Metabase serves its OpenAPI 3.1 document."""

from __future__ import annotations

from typing import Any

from tests.metabase_standin.routing import Call, route
from tests.metabase_standin.state import StandInState

TEXT = {"type": "string", "minLength": 1}
TEXT_OR_NULL = {"anyOf": [TEXT, {"type": "null"}]}
NUMBER_OR_NULL = {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]}
OBJECT = {"type": "object"}
CARD = {"name": TEXT, "display": TEXT, "visualization_settings": OBJECT, "dataset_query": OBJECT,
        "description": TEXT_OR_NULL, "collection_id": NUMBER_OR_NULL, "cache_ttl": NUMBER_OR_NULL}  # fmt: skip
DASHCARD = {
    "type": "object", "required": ["id", "row", "col", "size_x", "size_y"],
    "properties": {
        "id": {"type": "integer"}, "row": {"type": "integer", "minimum": 0}, "col": {"type": "integer", "minimum": 0},
        "size_x": {"type": "integer", "minimum": 1}, "size_y": {"type": "integer", "minimum": 1},
        "parameter_mappings": {"type": "array", "items": OBJECT},
    },
}  # fmt: skip
SCHEMAS = {
    "stand-in.parameter": {"type": "object", "required": ["id", "type"], "properties": {"id": TEXT, "type": TEXT}},
    "stand-in.dashcard": DASHCARD,
}


def _list_of(name: str) -> dict[str, Any]:
    reference = {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}
    return {"anyOf": [reference, {"type": "null"}]}


PARAMETERS, DASHCARDS = _list_of("stand-in.parameter"), _list_of("stand-in.dashcard")
BODIES: dict[tuple[str, str], tuple[dict[str, Any], list[str]]] = {
    ("post", "/api/card/"): (CARD, ["name", "display", "visualization_settings", "dataset_query"]),
    ("put", "/api/card/{id}"): (CARD, []),
    ("post", "/api/collection/"): ({"name": TEXT, "description": TEXT_OR_NULL, "parent_id": NUMBER_OR_NULL}, ["name"]),
    ("put", "/api/collection/{id}"): ({"name": TEXT, "description": TEXT_OR_NULL, "archived": {"type": "boolean"}}, []),
    ("post", "/api/dashboard/"): (
        {"name": TEXT, "description": TEXT_OR_NULL, "collection_id": NUMBER_OR_NULL, "parameters": PARAMETERS},
        ["name"],
    ),
    ("put", "/api/dashboard/{id}"): (
        {"name": TEXT, "width": {"enum": ["fixed", "full"]}, "parameters": PARAMETERS, "dashcards": DASHCARDS}, [],
    ),
    ("post", "/api/database/"): ({"name": TEXT, "engine": TEXT, "details": OBJECT}, ["name", "engine", "details"]),
    ("post", "/api/permissions/group"): ({"name": TEXT}, ["name"]),
    ("put", "/api/collection/graph"): ({"revision": {"type": "integer"}, "groups": OBJECT}, ["groups"]),
    ("put", "/api/permissions/graph"): ({"revision": {"type": "integer"}, "groups": OBJECT}, ["groups"]),
}  # fmt: skip


@route("GET", "/api/docs/openapi.json")
def document(state: StandInState, _call: Call) -> Any:
    paths: dict[str, Any] = {}
    for (method, path), (properties, required) in BODIES.items():
        schema = {"type": "object", "properties": properties, "required": required}
        content = {"application/json": {"schema": schema}}
        paths.setdefault(path, {})[method] = {"requestBody": {"content": content}, "responses": {}}
    title = {"title": "Stand-in for the Metabase API", "version": f"v0.{state.version}.3"}
    return {"openapi": "3.1.0", "info": title, "paths": paths, "components": {"schemas": SCHEMAS}}
