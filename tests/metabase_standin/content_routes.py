"""Endpoints of the stand-in for content: collections and cards, search, entity ids."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any
from urllib.parse import quote

from tests.metabase_standin.checks import mapping, number_or_null, one_of, text, text_or_null
from tests.metabase_standin.native import legacy_query, read_query, request_parameters, run, shown_query
from tests.metabase_standin.routing import NOT_FOUND, Answer, Call, Refused, invalid, route
from tests.metabase_standin.state import ROOT, StandInState, Thing, entity_id, found, now

CARD_TYPES = frozenset({"question", "model", "metric"})
ENTITY_ID = re.compile(r"[A-Za-z0-9_-]{21}")
TRUE_WORDS = ("true", "1")


def creator(state: StandInState, number: int) -> Thing:
    """A user as content names him."""
    user = state.users[number]
    return {name: user.get(name) for name in ("id", "email", "first_name", "last_name", "common_name")}


def shown_collection(state: StandInState, call: Call, collection: Thing) -> Thing:
    """A collection as it is answered; lists have no parent_id, the location says it."""
    is_personal = collection["personal_owner_id"] is not None
    can_write = state.permission_on(call.caller, collection["id"]) == "write"
    return {
        **collection, "slug": quote(collection["name"].lower().replace(" ", "_")), "authority_level": None,
        "type": None, "namespace": None, "is_personal": is_personal, "is_sample": False, "is_remote_synced": False,
        "archive_operation_id": None, "archived_directly": None, "can_write": can_write, "can_restore": False,
        "can_delete": False,
    }  # fmt: skip


def shown_root(state: StandInState, call: Call) -> Thing:
    """The root collection, whose id is a word."""
    return {
        "id": ROOT, "name": "Our analytics", "authority_level": None, "is_personal": False, "is_remote_synced": False,
        "can_write": state.permission_on(call.caller, None) == "write", "can_restore": False, "can_delete": False,
        "effective_ancestors": [], "effective_location": None, "parent_id": None,
    }  # fmt: skip


@route("GET", "/api/collection")
def list_collections(state: StandInState, call: Call) -> Any:
    archived = call.first("archived") in TRUE_WORDS
    shown = [
        shown_collection(state, call, collection)
        for collection in state.collections.values()
        if collection["archived"] == archived and state.permission_on(call.caller, collection["id"]) is not None
    ]
    root = [shown_root(state, call)] if state.permission_on(call.caller, None) is not None and not archived else []
    return root + shown


@route("GET", "/api/collection/tree")
def collection_tree(state: StandInState, call: Call) -> Any:
    def below(location: str) -> list[Thing]:
        return [
            {
                **shown_collection(state, call, c),
                "children": below(f"{c['location']}{number}/"),
                "here": [],
                "below": [],
            }
            for number, c in state.collections.items()
            if c["location"] == location and not c["archived"] and state.permission_on(call.caller, number) is not None
        ]

    return below("/")


@route("GET", "/api/collection/:id")
def one_collection(state: StandInState, call: Call) -> Any:
    collection = state.collection(call.id)
    state.check_read(call.caller, call.id)
    return {**shown_collection(state, call, collection), "parent_id": parent_of(collection)}


def parent_of(collection: Thing) -> int | None:
    """The number of the collection above; None is the root."""
    steps = [step for step in collection["location"].split("/") if step]
    return int(steps[-1]) if steps else None


@route("GET", "/api/collection/root")
def root_collection(state: StandInState, call: Call) -> Any:
    state.check_read(call.caller, None)
    return shown_root(state, call)


@route("POST", "/api/collection")
def create_collection(state: StandInState, call: Call) -> Any:
    body = call.fields()
    name, about, parent = text(body, "name"), text_or_null(body, "description"), number_or_null(body, "parent_id")
    location = _location_under(state, parent)
    state.check_write(call.caller, parent)
    number = state.next_id("collection")
    state.collections[number] = {
        "id": number, "name": name, "description": about, "archived": False, "location": location,
        "personal_owner_id": None, "entity_id": entity_id(), "created_at": now(),
    }  # fmt: skip
    for grants in state.collection_grants.values():  # a new collection begins with its parent's permissions
        if (grant := grants.get(ROOT if parent is None else str(parent))) is not None:
            grants[str(number)] = grant
    return {**shown_collection(state, call, state.collections[number]), "parent_id": parent}


def _location_under(state: StandInState, parent: int | None) -> str:
    return "/" if parent is None else f"{state.collection(parent)['location']}{parent}/"


@route("PUT", "/api/collection/:id")
def update_collection(state: StandInState, call: Call) -> Any:
    collection, body = state.collection(call.id), call.fields()
    state.check_write(call.caller, call.id)
    if collection["personal_owner_id"] is not None and "archived" in body:
        raise Refused(400, "You cannot update a personal collection.")
    if "name" in body:
        collection["name"] = text(body, "name")
    if "description" in body:
        collection["description"] = text_or_null(body, "description")
    if "parent_id" in body:
        parent = number_or_null(body, "parent_id")
        state.check_write(call.caller, parent)
        collection["location"] = _location_under(state, parent)
    if body.get("archived") is not None:
        _archive(state, call.id, body["archived"])
    return {**shown_collection(state, call, collection), "parent_id": parent_of(collection)}


def _archive(state: StandInState, collection_id: int, archived: bool) -> None:
    inside = f"{state.collections[collection_id]['location']}{collection_id}/"
    numbers = {collection_id, *(n for n, c in state.collections.items() if c["location"].startswith(inside))}
    for number in numbers:
        state.collections[number]["archived"] = archived
    for thing in (*state.cards.values(), *state.dashboards.values()):
        if thing["collection_id"] in numbers:
            thing["archived"] = archived


@route("GET", "/api/collection/:key/items")
def collection_items(state: StandInState, call: Call) -> Any:
    (key,) = call.ids
    place = None if key == ROOT else int(key) if key.isdigit() else _by_entity_id(state, key)
    if place is not None:
        state.collection(place)
    state.check_read(call.caller, place)
    models, archived = call.query.get("models"), call.first("archived") in TRUE_WORDS
    items = [item for item in _items(state, call, place, archived) if not models or item["model"] in models]
    limit, offset = call.first("limit"), call.first("offset")
    page = items[int(offset or 0) :][: int(limit)] if limit else items
    return {
        "data": page, "total": len(items), "models": models or ["card", "collection", "dashboard"],
        "limit": int(limit) if limit else None, "offset": int(offset) if offset else None,
    }  # fmt: skip


def _by_entity_id(state: StandInState, key: str) -> int:
    for number, collection in state.collections.items():
        if collection["entity_id"] == key:
            return number
    raise NOT_FOUND


def _items(state: StandInState, call: Call, place: int | None, archived: bool) -> list[Thing]:
    common = ("id", "name", "description", "archived", "collection_id", "entity_id")
    more = {
        "collection_position": None, "collection_preview": True, "can_write": True, "can_delete": False,
        "can_restore": False, "moderated_status": None, "dashboard_id": None, "is_remote_synced": False,
    }  # fmt: skip
    listed = []
    for model, things in (("card", state.cards), ("dashboard", state.dashboards)):
        for thing in things.values():
            if thing["collection_id"] == place and thing["archived"] == archived:
                shown = {name: thing[name] for name in common}
                own = (
                    {"display": thing["display"], "database_id": thing["query"]["database"]} if model == "card" else {}
                )
                listed.append({**shown, **more, "database_id": None, "location": None, **own, "model": model})
    for number, collection in state.collections.items():
        is_there = parent_of(collection) == place and collection["archived"] == archived
        if (
            is_there
            and collection["personal_owner_id"] is None
            and state.permission_on(call.caller, number) is not None
        ):
            shown = {name: collection.get(name) for name in common} | {"collection_id": place}
            listed.append({**shown, **more, "location": collection["location"], "model": "collection"})
    return listed


def shown_card(state: StandInState, card: Thing, *, legacy: bool = False) -> Thing:
    """A card as this version answers it."""
    query = card["query"]
    shown = {name: value for name, value in card.items() if name != "query"}
    shown["dataset_query"] = legacy_query(query) if legacy else shown_query(state, query)
    if state.version >= 57:
        shown |= {"legacy_query": json.dumps(legacy_query(query)), "card_schema": 22}
    return {
        **shown, "query_type": "native", "database_id": query["database"], "table_id": None, "dashboard_id": None,
        "document_id": None, "dashboard": None, "public_uuid": None, "made_public_by_id": None,
        "enable_embedding": False, "embedding_params": None, "archived_directly": card["archived"],
        "collection_preview": True, "source_card_id": None, "is_remote_synced": False,
        "metabase_version": f"v0.{state.version}.3 (0000000)", "view_count": 0, "moderation_reviews": [],
    }  # fmt: skip


def _shown_alone(state: StandInState, card: Thing, *, legacy: bool = False) -> Thing:
    place = card["collection_id"]
    collection = {"id": ROOT, "name": "Our analytics"} if place is None else state.collections[place]
    made_by = creator(state, card["creator_id"])
    shown = shown_card(state, card, legacy=legacy)
    return {**shown, "collection": collection, "can_write": True, "creator": made_by, "last-edit-info": made_by}


@route("GET", "/api/card")
def list_cards(state: StandInState, call: Call) -> Any:
    archived = call.first("f") == "archived"
    return [
        shown_card(state, card)
        for card in state.cards.values()
        if card["archived"] == archived and state.permission_on(call.caller, card["collection_id"]) is not None
    ]


@route("POST", "/api/card")
def create_card(state: StandInState, call: Call) -> Any:
    body = call.fields()
    place = _place(state, call, body)
    card: Thing = {
        "name": text(body, "name"), "description": text_or_null(body, "description"), "display": text(body, "display"),
        "type": _card_type(body), "collection_id": place, "archived": False, "collection_position": None,
        "cache_ttl": number_or_null(body, "cache_ttl"), "creator_id": call.caller.user_id, "created_at": now(),
        "visualization_settings": mapping(body, "visualization_settings"), "updated_at": now(),
        "query": read_query(state, body.get("dataset_query")), "parameters": body.get("parameters") or [],
        "parameter_mappings": body.get("parameter_mappings") or [],
        "result_metadata": body.get("result_metadata"), "entity_id": entity_id(),
    }  # fmt: skip
    state.check_native(call.caller, card["query"]["database"])
    number = state.next_id("card")
    state.cards[number] = {"id": number, **card}
    return _shown_alone(state, state.cards[number])


def _place(state: StandInState, call: Call, body: Thing) -> int | None:
    place = body.get("collection_id")
    if isinstance(place, str) and ENTITY_ID.fullmatch(place):
        place = _by_entity_id(state, place)
    place = number_or_null({"collection_id": place}, "collection_id")
    if place is not None:
        state.collection(place)
    state.check_write(call.caller, place)
    return place


def _card_type(body: Thing) -> str:
    return "question" if body.get("type") is None else one_of(body, "type", CARD_TYPES)


@route("GET", "/api/card/:id")
def one_card(state: StandInState, call: Call) -> Any:
    card = readable_card(state, call, call.id)
    return _shown_alone(state, card, legacy=call.first("legacy-mbql") == "true")


def readable_card(state: StandInState, call: Call, number: int) -> Thing:
    """A card that the caller may see.

    Raises:
        Refused: 404 or 403.
    """
    card = found(state.cards, number)
    state.check_read(call.caller, card["collection_id"])
    return card


@route("PUT", "/api/card/:id")
def update_card(state: StandInState, call: Call) -> Any:
    card, body = readable_card(state, call, call.id), call.fields()
    state.check_write(call.caller, card["collection_id"])
    changes: Thing = {name: body[name] for name in ("archived", "parameters", "result_metadata") if name in body}
    for name in ("name", "display"):
        if body.get(name) is not None:
            changes[name] = text(body, name)
    if "description" in body:
        changes["description"] = text_or_null(body, "description")
    if "collection_id" in body:
        changes["collection_id"] = _place(state, call, body)
    if body.get("visualization_settings") is not None:
        changes["visualization_settings"] = mapping(body, "visualization_settings")
    if body.get("dataset_query") is not None:
        changes["query"] = read_query(state, body["dataset_query"])
        state.check_native(call.caller, changes["query"]["database"])
    card.update(changes, updated_at=now())
    return _shown_alone(state, card)


@route("DELETE", "/api/card/:id")
def delete_card(state: StandInState, call: Call) -> Any:
    card = readable_card(state, call, call.id)
    state.check_write(call.caller, card["collection_id"])
    del state.cards[call.id]
    return Answer(204)


@route("POST", "/api/card/:id/query")
def query_card(state: StandInState, call: Call) -> Any:
    card = readable_card(state, call, call.id)
    return Answer(202, run(state, card["query"], request_parameters(call.body)))


@route("POST", "/api/card/:id/query/:key")
def download_card(state: StandInState, call: Call) -> Any:
    card, form = readable_card(state, call, call.id), call.ids[1]
    if form not in ("csv", "json"):
        raise invalid(**{"export-format": "this stand-in writes csv and json only."})
    done = run(state, card["query"], request_parameters(call.body), most_rows=None)
    if done["status"] != "completed":
        return Answer(202, done)
    heads = [_head(card, column["name"]) for column in done["data"]["cols"]]
    if form == "json":
        return [dict(zip(heads, row, strict=True)) for row in done["data"]["rows"]]
    text_file = io.StringIO()
    csv.writer(text_file, lineterminator="\n").writerows([heads, *done["data"]["rows"]])
    return Answer(200, text_file.getvalue(), "text/csv")


def _head(card: Thing, column: str) -> str:
    settings = card["visualization_settings"].get("column_settings", {})
    return str(settings.get(json.dumps(["name", column], separators=(",", ":")), {}).get("column_title") or column)


@route("POST", "/api/eid-translation/translate")
def translate(state: StandInState, call: Call) -> Any:
    things = {"card": state.cards, "dashboard": state.dashboards, "collection": state.collections}
    answers = {}
    for model, keys in mapping(call.fields(), "entity_ids").items():
        known = {thing["entity_id"]: number for number, thing in things.get(model, {}).items()}
        for key in keys:
            status = "ok" if key in known else "not-found" if ENTITY_ID.fullmatch(key) else "invalid-format"
            answers[key] = {"type": model, "status": status} | ({"id": known[key]} if key in known else {})
    return {"entity_ids": answers}


@route("GET", "/api/search")
def search(state: StandInState, call: Call) -> Any:
    words, models = (call.first("q") or "").lower(), call.query.get("models")
    hits = [
        hit
        for hit in _searchable(state, call)
        if words in hit["name"].lower() and (not models or hit["model"] in models)
    ]
    limit, offset = int(call.first("limit") or 50), int(call.first("offset") or 0)
    return {
        "data": hits[offset : offset + limit], "total": len(hits), "limit": limit, "offset": offset, "models": models,
        "available_models": ["card", "dashboard", "collection", "database", "table"], "engine": "in-place",
        "table_db_id": None,
    }  # fmt: skip


def _searchable(state: StandInState, call: Call) -> list[Thing]:
    hits = []
    sources = (("card", state.cards), ("dashboard", state.dashboards), ("collection", state.collections))
    for model, things in sources:
        for number, thing in things.items():
            place = number if model == "collection" else thing["collection_id"]
            if thing["archived"] or state.permission_on(call.caller, place) is None:
                continue
            inside = None if place is None else state.collections[place]
            named = {
                "id": inside and inside["id"],
                "name": inside and inside["name"],
                "authority_level": None,
                "type": None,
            }
            hits.append({"id": number, "name": thing["name"], "model": model, "description": thing["description"],
                         "archived": False, "collection": named, "collection_id": place})  # fmt: skip
    return hits
