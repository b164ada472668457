"""Endpoints of the stand-in for dashboards: dashcards as a whole array, tabs, filters, public links, subscriptions."""

from __future__ import annotations

import uuid
from typing import Any

from tests.metabase_standin.checks import flag, number_or_null, objects, one_of, text, text_or_null
from tests.metabase_standin.content_routes import creator, readable_card, shown_card
from tests.metabase_standin.database_routes import field_values
from tests.metabase_standin.native import request_parameters, run
from tests.metabase_standin.routing import NOT_FOUND, Answer, Call, Refused, invalid, route
from tests.metabase_standin.state import ROOT, StandInState, Thing, entity_id, found, now

GRID = 24
WIDTHS = frozenset({"fixed", "full"})
# The closed list of Metabase's own command line.
PARAMETER_TYPES = frozenset({
    "number", "text", "date", "boolean", "date/single", "id", "category", "location/city", "location/state",
    "location/zip_code", "location/country", "date/range", "date/month-year", "date/quarter-year", "date/relative",
    "date/all-options", "temporal-unit", "number/!=", "number/<=", "number/=", "number/>=", "number/between",
    "string/!=", "string/=", "string/contains", "string/does-not-contain", "string/ends-with", "string/starts-with",
    "boolean/=",
})  # fmt: skip


def _parameters(body: Thing) -> list[Thing]:
    given = objects(body, "parameters")
    for parameter in given:
        for name in ("id", "type"):
            text(parameter, name)
        one_of(parameter, "type", PARAMETER_TYPES)
    return given


def _readable(state: StandInState, call: Call, number: int) -> Thing:
    dashboard = found(state.dashboards, number)
    state.check_read(call.caller, dashboard["collection_id"])
    return dashboard


def _shown_briefly(state: StandInState, call: Call, dashboard: Thing) -> Thing:
    hidden = ("dashcards", "tabs")
    can_write = state.permission_on(call.caller, dashboard["collection_id"]) == "write"
    return {name: value for name, value in dashboard.items() if name not in hidden} | {"can_write": can_write}


def _shown(state: StandInState, call: Call, dashboard: Thing) -> Thing:
    place = dashboard["collection_id"]
    # An archived card leaves its dashboards.
    dashcards = [
        {
            **dashcard,
            "card": _card_on(state, dashcard["card_id"]),
            "action_id": None,
            "collection_authority_level": None,
        }
        for dashcard in dashboard["dashcards"]
        if dashcard["card_id"] is None or not state.cards[dashcard["card_id"]]["archived"]
    ]
    return {
        **_shown_briefly(state, call, dashboard), "dashcards": dashcards, "tabs": dashboard["tabs"],
        "collection": {"id": ROOT, "name": "Our analytics"} if place is None else state.collections[place],
        "last-edit-info": creator(state, dashboard["creator_id"]), "param_fields": {}, "last_used_param_values": {},
        "collection_authority_level": None, "moderation_reviews": [], "can_restore": False, "can_delete": False,
    }  # fmt: skip


def _card_on(state: StandInState, number: int | None) -> Thing | None:
    return None if number is None else shown_card(state, state.cards[number])


@route("GET", "/api/dashboard")
def list_dashboards(state: StandInState, call: Call) -> Any:
    archived = call.first("f") == "archived"
    return [
        _shown_briefly(state, call, dashboard)
        for dashboard in state.dashboards.values()
        if dashboard["archived"] == archived
        and state.permission_on(call.caller, dashboard["collection_id"]) is not None
    ]


@route("POST", "/api/dashboard")
def create_dashboard(state: StandInState, call: Call) -> Any:
    body = call.fields()  # dashcards, tabs and width of a POST are ignored
    place = number_or_null(body, "collection_id")
    if place is not None:
        state.collection(place)
    state.check_write(call.caller, place)
    number = state.next_id("dashboard")
    dashboard = {
        "id": number, "name": text(body, "name"), "description": text_or_null(body, "description"), "archived": False,
        "collection_id": place, "creator_id": call.caller.user_id, "entity_id": entity_id(),
        "width": "fixed", "auto_apply_filters": True, "enable_embedding": False, "embedding_params": None,
        "public_uuid": None, "made_public_by_id": None, "cache_ttl": number_or_null(body, "cache_ttl"),
        "parameters": _parameters(body), "dashcards": [], "tabs": [], "caveats": None, "points_of_interest": None,
        "show_in_getting_started": False, "position": None, "collection_position": None, "archived_directly": False,
        "initially_published_at": None, "is_remote_synced": False, "view_count": 0, "created_at": now(),
        "updated_at": now(),
    }  # fmt: skip
    state.dashboards[number] = dashboard
    return _shown(state, call, dashboard)


@route("GET", "/api/dashboard/:id")
def one_dashboard(state: StandInState, call: Call) -> Any:
    return _shown(state, call, _readable(state, call, call.id))


@route("PUT", "/api/dashboard/:id")
def update_dashboard(state: StandInState, call: Call) -> Any:
    dashboard, body = _readable(state, call, call.id), call.fields()
    state.check_write(call.caller, dashboard["collection_id"])
    changes = _plain_changes(state, call, body)
    tabs, tab_ids = _tabs(state, dashboard, body)
    if body.get("dashcards") is not None:
        changes["dashcards"] = [
            _dashcard(state, call, dashboard, dashcard, tab_ids) for dashcard in _checked_dashcards(dashboard, body)
        ]
        if tabs and any(dashcard["dashboard_tab_id"] is None for dashcard in changes["dashcards"]):
            raise invalid(dashcards="a dashboard with tabs needs the tab of each dashcard.")
    dashboard.update(changes, tabs=tabs, updated_at=now())
    return _shown(state, call, dashboard)


def _plain_changes(state: StandInState, call: Call, body: Thing) -> Thing:
    changes: Thing = {}
    if body.get("name") is not None:
        changes["name"] = text(body, "name")
    if "description" in body:
        # unlike a POST, a PUT of a dashboard takes an empty description; null and text are what a client should send
        changes["description"] = text_or_null(body, "description")
    if body.get("width") is not None:
        changes["width"] = one_of(body, "width", WIDTHS)
    for name in ("auto_apply_filters", "archived"):
        if body.get(name) is not None:
            changes[name] = flag(body, name)
    if body.get("parameters") is not None:
        changes["parameters"] = _parameters(body)
    if "collection_id" in body:
        changes["collection_id"] = number_or_null(body, "collection_id")
        state.check_write(call.caller, changes["collection_id"])
    return changes


def _tabs(state: StandInState, dashboard: Thing, body: Thing) -> tuple[list[Thing], dict[int, int]]:
    if body.get("tabs") is None:
        return dashboard["tabs"], {tab["id"]: tab["id"] for tab in dashboard["tabs"]}
    known = {tab["id"]: tab for tab in dashboard["tabs"]}
    made, ids = [], {}
    for position, given in enumerate(objects(body, "tabs")):
        number = given.get("id")
        if type(number) is not int or (number > 0 and number not in known):
            raise invalid(tabs="value must be an array of maps with the id of a tab, negative to create one.")
        ids[number] = number if number > 0 else state.next_id("tab")
        old = known.get(number, {"entity_id": entity_id(), "created_at": now()})
        made.append({**old, "id": ids[number], "dashboard_id": dashboard["id"], "name": text(given, "name"),
                     "position": position, "updated_at": now()})  # fmt: skip
    return made, ids


def _checked_dashcards(dashboard: Thing, body: Thing) -> list[Thing]:
    """The array as sent; what is not in it is deleted.

    A positive id that the dashboard does not have is refused: a client that sends it has lost track.
    """
    given = objects(body, "dashcards")
    known = {dashcard["id"] for dashcard in dashboard["dashcards"]}
    seen: set[int] = set()
    for dashcard in given:
        for name, least in (("row", 0), ("col", 0), ("size_x", 1), ("size_y", 1)):
            if type(dashcard.get(name)) is not int or dashcard[name] < least:
                raise invalid(dashcards=f"each dashcard needs an integer {name} from {least}.")
        number = dashcard.get("id")
        if type(number) is not int or number == 0 or number in seen or (number > 0 and number not in known):
            raise invalid(dashcards="ids must be unique; negative ones create, others must be of this dashboard.")
        seen.add(number)
        if dashcard["col"] + dashcard["size_x"] > GRID:
            raise invalid(dashcards=f"the grid is {GRID} wide.")
    return given


def _dashcard(state: StandInState, call: Call, dashboard: Thing, given: Thing, tab_ids: dict[int, int]) -> Thing:
    card_id = given.get("card_id")
    if card_id is not None:
        readable_card(state, call, card_id)
    tab = given.get("dashboard_tab_id")
    if tab is not None and tab not in tab_ids:
        raise invalid(dashcards=f"there is no tab {tab}.")
    old = next((d for d in dashboard["dashcards"] if d["id"] == given["id"]), None)
    kept = old or {"id": state.next_id("dashcard"), "entity_id": entity_id(), "created_at": now()}
    return {
        **{name: kept[name] for name in ("id", "entity_id", "created_at")}, "dashboard_id": dashboard["id"],
        "card_id": card_id, "dashboard_tab_id": None if tab is None else tab_ids[tab], "updated_at": now(),
        **{name: given[name] for name in ("row", "col", "size_x", "size_y")}, "series": given.get("series") or [],
        "visualization_settings": given.get("visualization_settings") or {},
        "parameter_mappings": objects(given, "parameter_mappings"), "inline_parameters": given.get("inline_parameters"),
    }  # fmt: skip


@route("DELETE", "/api/dashboard/:id")
def delete_dashboard(state: StandInState, call: Call) -> Any:
    dashboard = _readable(state, call, call.id)
    state.check_write(call.caller, dashboard["collection_id"])
    del state.dashboards[call.id]
    return Answer(204)


@route("POST", "/api/dashboard/:id/dashcard/:id/card/:id/query")
def query_dashcard(state: StandInState, call: Call) -> Any:
    dashboard = _readable(state, call, call.id)
    dashcard_id, card_id = int(call.ids[1]), int(call.ids[2])
    dashcard = next((d for d in dashboard["dashcards"] if d["id"] == dashcard_id and d["card_id"] == card_id), None)
    if dashcard is None:
        raise NOT_FOUND
    card = readable_card(state, call, card_id)
    return Answer(202, run(state, card["query"], _resolved(dashboard, dashcard, request_parameters(call.body))))


def _resolved(dashboard: Thing, dashcard: Thing, sent: list[Thing]) -> list[Thing]:
    """The values of the dashboard's filters as they reach this card: by its mappings, defaults where none is sent."""
    known = {parameter["id"]: parameter for parameter in dashboard["parameters"]}
    for parameter in sent:
        if parameter.get("id") not in known:
            raise Refused(400, f"Dashboard does not have a parameter with ID {parameter.get('id')!r}.")
    values = {parameter["id"]: parameter.get("value") for parameter in sent}
    return [
        {"id": mapped["parameter_id"], "type": known[mapped["parameter_id"]]["type"], "target": mapped["target"],
         "value": values.get(mapped["parameter_id"], known[mapped["parameter_id"]].get("default"))}
        for mapped in dashcard["parameter_mappings"]
        if mapped["parameter_id"] in known
    ]  # fmt: skip


@route("GET", "/api/dashboard/:id/params/:key/values")
def parameter_values(state: StandInState, call: Call) -> Any:
    dashboard = _readable(state, call, call.id)
    parameter = next((p for p in dashboard["parameters"] if p["id"] == call.ids[1]), None)
    if parameter is None:
        raise Refused(400, f"Dashboard does not have a parameter with the ID {call.ids[1]!r}.")
    return {"values": _values(state, dashboard, parameter), "has_more_values": False}


@route("GET", "/api/dashboard/:id/params/:key/search/:key")
def search_parameter_values(state: StandInState, call: Call) -> Any:
    every = parameter_values(state, call)
    wanted = call.ids[2].lower()
    return every | {"values": [value for value in every["values"] if wanted in str(value[-1]).lower()]}


def _values(state: StandInState, dashboard: Thing, parameter: Thing) -> list[list[Any]]:
    source, config = parameter.get("values_source_type"), parameter.get("values_source_config") or {}
    if source == "static-list":
        return [value if isinstance(value, list) else [value] for value in config.get("values", [])]
    if source == "card":
        done = run(state, found(state.cards, config["card_id"])["query"], [])
        place = [column["name"] for column in done["data"]["cols"]].index(config["value_field"][1])
        return [[value] for value in sorted({row[place] for row in done["data"]["rows"]})]
    numbers = {
        _mapped_field(state, dashcard, mapped)
        for dashcard in dashboard["dashcards"]
        for mapped in dashcard["parameter_mappings"]
        if mapped["parameter_id"] == parameter["id"]
    }
    fields = [state.fields[number] for number in numbers if number is not None]
    listed = [field for field in fields if field["has_field_values"] == "list"]
    return [list(value) for value in sorted({tuple(value) for field in listed for value in field_values(state, field)})]


def _mapped_field(state: StandInState, dashcard: Thing, mapped: Thing) -> int | None:
    if dashcard["card_id"] is None or mapped["target"][0] != "dimension":
        return None
    tag: Thing = state.cards[dashcard["card_id"]]["query"]["tags"].get(mapped["target"][1][1], {})
    return tag.get("dimension")


@route("POST", "/api/dashboard/:id/public_link")
def public_link(state: StandInState, call: Call) -> Any:
    if not state.settings["enable-public-sharing"]:
        raise Refused(400, "Public sharing is not enabled.")
    dashboard = _readable(state, call, call.id)
    dashboard["public_uuid"] = dashboard["public_uuid"] or str(uuid.uuid4())
    return {"uuid": dashboard["public_uuid"]}


@route("GET", "/api/pulse")
def list_pulses(state: StandInState, call: Call) -> Any:
    wanted, archived = call.first("dashboard_id"), call.first("archived") == "true"
    return [
        pulse
        for pulse in state.pulses.values()
        if pulse["archived"] == archived and wanted in (None, str(pulse["dashboard_id"]))
    ]


@route("GET", "/api/pulse/:id")
def one_pulse(state: StandInState, call: Call) -> Any:
    return found(state.pulses, call.id)


@route("POST", "/api/pulse")
def create_pulse(state: StandInState, call: Call) -> Any:
    body = call.fields()
    dashboard = _readable(state, call, number_or_null(body, "dashboard_id") or 0)
    for channel in objects(body, "channels"):
        if "enabled" not in channel:
            raise Refused(500, "Assert failed: (boolean? enabled)")
    number = state.next_id("pulse")
    state.pulses[number] = {
        "id": number, "name": text(body, "name"), "dashboard_id": dashboard["id"], "creator_id": call.caller.user_id,
        "collection_id": dashboard["collection_id"], "archived": False,
        "skip_if_empty": bool(body.get("skip_if_empty")),
        "parameters": objects(body, "parameters"), "entity_id": entity_id(), "created_at": now(),
        "cards": [
            {"name": found(state.cards, card["id"])["name"], "dashboard_card_id": None, **card}
            for card in objects(body, "cards")
        ],
        "channels": [_channel(state, channel) for channel in objects(body, "channels")],
    }  # fmt: skip
    return state.pulses[number]


def _channel(state: StandInState, given: Thing) -> Thing:
    recipients = [
        creator(state, recipient["id"]) if "id" in recipient else recipient for recipient in given.get("recipients", [])
    ]
    empty: Thing = {"schedule_hour": None, "schedule_day": None, "schedule_frame": None, "details": {}}
    return {**empty, **given, "id": state.next_id("channel"), "recipients": recipients}
