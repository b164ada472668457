"""Collections, cards and dashboards: found by what we know of them, compared, and written only when they differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from dashboards.metabase.client import MetabaseClient, MetabaseRefused
from dashboards.metabase.native_query import comparable
from dashboards.metabase.objects import Body, Desired, Model, fingerprint, resolve
from dashboards.metabase.result import Result
from dashboards.metabase.state import Known, State

_KEPT: Final[Mapping[Model, tuple[str, ...]]] = {
    "collection": ("name", "description", "archived"),
    "card": ("name", "description", "display", "collection_id", "visualization_settings", "archived"),
    "dashboard": ("name", "description", "collection_id", "width", "auto_apply_filters", "parameters", "archived"),
}
_DASHCARD: Final = ("card_id", "row", "col", "size_x", "size_y", "visualization_settings", "parameter_mappings")
_NOT_WHEN_MADE: Final = ("archived", "dashcards", "tabs", "width", "auto_apply_filters")
NOT_FOUND: Final = 404


@dataclass(slots=True)
class Content:
    """One pass over the desired objects; a plan is the same pass without the writing."""

    client: MetabaseClient
    state: State
    result: Result
    ids: dict[str, int]
    known: dict[str, Known] = field(init=False)
    _collections: dict[int, Body] | None = None
    _made: set[str] = field(default_factory=set)
    _listed: dict[int, list[Body]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.known = self.state.known()

    def bring(self, wanted: Sequence[Desired]) -> None:
        """Makes each object as it should be, in the given order, and learns its id."""
        for desired in wanted:
            self._bring(desired)

    def _bring(self, desired: Desired) -> None:
        known = self.known.get(desired.key)
        present = self._find(desired, known)
        if present is not None:
            self.ids[desired.key] = present["id"]
        body = resolve(desired.body, self.ids)
        reason = self._why(desired.model, known, present, fingerprint(body))
        if reason is None:
            self.result.add("unchanged", desired.key)
            return
        self.result.add("created" if present is None else "updated", desired.key, reason if present else "")
        if not self.result.is_plan:
            self._write(desired, body, present)

    def _why(self, model: Model, known: Known | None, present: Body | None, hash_: str) -> str | None:
        """Why the object must be written; None when it need not."""
        if present is None:
            return "belum ada"
        if known is None or known.id != present["id"]:
            return "dikenali kembali"
        if known.hash != hash_:
            return "definisi berubah"
        return None if known.seen_hash == seen(model, present) else "diubah dengan tangan di Metabase"

    def _find(self, desired: Desired, known: Known | None) -> Body | None:
        """The object as Metabase has it. An id alone proves nothing: a Metabase that was set up anew counts from 1."""
        if known is not None:
            present = self._read(desired.model, known.id)
            if present is not None and _is_same(present, known):
                return present
        id_ = self._made_before(desired)
        return None if id_ is None else self._read(desired.model, id_)

    def _read(self, model: Model, id_: int) -> Body | None:
        if model == "collection" and (listed := self._listed_collections().get(id_)) is not None:
            return listed
        try:
            found: Body = self.client.get(f"/api/{model}/{id_}")
        except MetabaseRefused as refused:
            if refused.status != NOT_FOUND:
                raise
            return None
        return found

    def _listed_collections(self) -> dict[int, Body]:
        """All collections that are not archived, asked for once."""
        if self._collections is None:
            self._collections = {item["id"]: item for item in self.client.get("/api/collection")}
        return self._collections

    def _made_before(self, desired: Desired) -> int | None:
        """The number of what an earlier run has made and could not note, because its answer was lost on the way.

        Metabase gives every new object an entity id of its own, so only its place, name and description tell it. What
        stands in our book under another key is not meant, nor what stands outside of our collections.
        """
        home = desired.body["parent_id" if desired.model == "collection" else "collection_id"]
        if home is not None and (home.key in self._made or home.key not in self.ids):
            return None
        listed = self._children(self.ids[home.key]) if home is not None else self._on_top()
        ours = {entry.id for entry in self.known.values() if entry.model == desired.model}
        return min((item["id"] for item in listed if _is_like(item, desired) and item["id"] not in ours), default=None)

    def _children(self, collection_id: int) -> list[Body]:
        """What lies in a collection, asked for once."""
        if collection_id not in self._listed:
            items = self.client.get(f"/api/collection/{collection_id}/items")
            self._listed[collection_id] = items["data"]
        return self._listed[collection_id]

    def _on_top(self) -> list[Body]:
        """The collections that lie in no other."""
        return [
            {**item, "model": "collection"}
            for item in self._listed_collections().values()
            if item.get("location") == "/" and not item.get("is_personal")
        ]

    def _write(self, desired: Desired, body: Body, present: Body | None) -> None:
        path = f"/api/{desired.model}"
        if present is None:
            present = self.client.post(path, first_body(body))
            self._made.add(desired.key)
            is_whole = desired.model != "dashboard"  # a new dashboard is made without its cards
        else:
            is_whole = False
        id_ = self.ids[desired.key] = present["id"]
        if not is_whole:
            self.client.put(f"{path}/{id_}", with_old_ids(body, present))
        # What Metabase makes of a body differs by version; what it answers now is what the next run compares with.
        read = self.client.get(f"{path}/{id_}")
        entry = Known(
            desired.key, desired.model, id_, read.get("entity_id"), fingerprint(body), seen(desired.model, read)
        )
        self.state.note(entry)

    def tidy(self, wanted: Sequence[Desired], *, prune: bool) -> None:
        """Names what is ours and wanted no more; with `prune` it is archived, dashboards before their cards."""
        keys = {desired.key for desired in wanted}
        orphans = [entry for entry in self.known.values() if entry.model in _KEPT and entry.key not in keys]
        for entry in sorted(orphans, key=lambda entry: (entry.model, entry.key), reverse=True):
            self.result.add("orphaned", entry.key, "diarsipkan" if prune else "--prune mengarsipkannya")
            if prune and not self.result.is_plan:
                self._archive(entry)

    def _archive(self, entry: Known) -> None:
        model: Model = entry.model  # type: ignore[assignment]  # checked by the table and the caller
        present = self._read(model, entry.id)
        if present is not None and _is_same(present, entry):
            self.client.put(f"/api/{model}/{entry.id}", {"archived": True})
        self.state.forget(entry.key)


def first_body(body: Body) -> Body:
    """What is sent to make an object: of the rest a POST takes no notice, or refuses it."""
    return {name: value for name, value in body.items() if name not in _NOT_WHEN_MADE}


def _is_like(item: Body, desired: Desired) -> bool:
    return all(item.get(name) == desired.body[name] for name in ("name", "description")) and (
        item["model"] == desired.model
    )


def _is_same(present: Body, entry: Known) -> bool:
    return present.get("entity_id") in (None, entry.entity_id)


def seen(model: Model, present: Body) -> str:
    """Fingerprint of those parts of Metabase's answer that we decide, in a form that all versions share."""
    kept: Body = {name: present.get(name) for name in _KEPT[model]}
    kept["archived"] = bool(kept["archived"])
    if model == "collection":
        kept["parent"] = _parent(present)
    elif model == "card":
        kept["query"] = comparable(present["dataset_query"])
    else:
        cards = [{name: card.get(name) for name in _DASHCARD} for card in present.get("dashcards") or ()]
        kept["dashcards"] = sorted(cards, key=lambda card: (card["row"], card["col"]))
        kept["tabs"] = [tab["name"] for tab in present.get("tabs") or ()]
    return fingerprint(kept)


def _parent(collection: Body) -> int | None:
    """Only some answers have parent_id; all have the path of ids."""
    steps = [step for step in str(collection.get("location") or "").split("/") if step]
    return int(steps[-1]) if steps else collection.get("parent_id")


def with_old_ids(body: Body, present: Body) -> Body:
    """The body with the ids of cards that stand on the dashboard already: Metabase deletes those it does not find.

    With the id live the subscriptions that people have made for a card. New ones count down from -1.
    """
    if "dashcards" not in body:
        return body
    there: dict[str, list[int]] = defaultdict(list)
    for card in present.get("dashcards") or ():
        there[_likeness(card)].append(card["id"])
    dashcards = []
    for number, card in enumerate(body["dashcards"], start=1):
        old = there[_likeness(card)]
        dashcards.append({"id": old.pop(0) if old else -number, **card})
    return {**body, "dashcards": dashcards}


def _likeness(dashcard: Body) -> str:
    """What makes two cards on a dashboard the same: the question that they show, else their text."""
    return str(dashcard["card_id"] or dashcard["visualization_settings"].get("text"))
