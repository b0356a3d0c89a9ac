"""Which rows an action belongs to."""

from __future__ import annotations

import pytest

from ggui_core.testing.any_contract import TEXT, Json
from ggui_forms.layout import source_of
from ggui_forms.matching import best_match, listings, reference
from ggui_forms.shapes import Member, Reader, Record

WHOLE: Json = {"type": "integer"}


def record(**properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": [*properties]}


def rows(**properties: Json) -> Json:
    return {"type": "array", "items": record(**properties)}


def matched(action: str, payload: Json, **props: Json) -> tuple[str, str, str] | None:
    """The list, the member of the payload and the member of the item."""
    reader = Reader()
    members = [Member(name, reader.read(schema), required=True) for name, schema in props.items()]
    read = reader.read(payload)
    assert isinstance(read, Record)
    match = best_match(action, read, listings(members))
    return match and (match.listing.name, match.payload.name, match.item.name)


@pytest.mark.parametrize(
    ("listed", "item", "asked"),
    [
        ("slots", "id", "slotId"),
        ("slots", "id", "slot_id"),
        ("slots", "id", "slotID"),
        ("slots", "slotId", "slotId"),
        ("slots", "id", "slot"),
        ("slots", "id", "id"),
        ("slots", "sku", "sku"),
        ("slots", "uuid", "slotUuid"),
        ("availableSlots", "id", "slotId"),
        ("available_slots", "id", "slotId"),
        ("slotList", "id", "slotId"),
        ("categories", "id", "categoryId"),
        ("people", "id", "personId"),
        ("statuses", "id", "statusId"),
        ("products", "id", "itemId"),
    ],
)
def test_a_payload_names_an_item(listed: str, item: str, asked: str) -> None:
    props = {listed: rows(**{item: TEXT, "label": TEXT})}
    assert matched("choose", record(**{asked: TEXT}), **props) == (listed, asked, item)


@pytest.mark.parametrize(
    ("action", "payload", "props"),
    [
        ("choose", record(slotId=WHOLE), {"slots": rows(id=TEXT)}),
        ("choose", record(slotId=TEXT), {"slots": rows(name=TEXT)}),
        ("create_todo", record(id=TEXT), {"todos": rows(id=TEXT)}),
        ("rename", record(title=TEXT), {"todos": rows(id=TEXT, title=TEXT)}),
        ("choose", record(slotId=TEXT), {"slots": {"type": "array", "items": TEXT}}),
        ("choose", record(roomId=TEXT), {"slots": rows(id=TEXT)}),
    ],
)
def test_what_does_not_belong_to_rows(action: str, payload: Json, props: dict[str, Json]) -> None:
    assert matched(action, payload, **props) is None


def test_the_clearest_name_wins_whatever_comes_first() -> None:
    props = {"users": rows(id=TEXT), "todos": rows(id=TEXT)}
    assert matched("complete", record(todoId=TEXT), **props) == ("todos", "todoId", "id")
    assert matched("assign_todo", record(userId=TEXT, todoId=TEXT), **props) == ("todos", "todoId", "id")
    assert matched("delete_todo", record(id=TEXT), **props) == ("todos", "id", "id")
    assert matched("touch", record(id=TEXT), **props) == ("users", "id", "id")


def test_a_list_within_rows_is_a_list_too() -> None:
    columns = {"type": "array", "items": record(id=TEXT, cards=rows(id=TEXT, title=TEXT))}
    assert matched("move_card", record(cardId=TEXT, columnId=TEXT), columns=columns) == (
        "cards",
        "cardId",
        "id",
    )


def test_another_id_chooses_among_the_rows_of_its_list() -> None:
    reader = Reader()
    lists = listings([Member("users", reader.read(rows(id=WHOLE, name=TEXT)), required=True)])
    one = reference(Member("userId", reader.read(WHOLE), required=True), lists)
    several = reference(
        Member("userIds", reader.read({"type": "array", "items": WHOLE}), required=True), lists
    )
    assert one is not None
    assert several is not None
    assert reference(Member("count", reader.read(WHOLE), required=True), lists) is None


def test_a_row_fills_its_id_in() -> None:
    source = source_of(
        {
            "propsSpec": {"properties": {"slots": {"schema": rows(id=TEXT, time=TEXT), "required": True}}},
            "actionSpec": {
                "choose_slot": {"label": "Choose", "schema": record(slotId=TEXT)},
                "note_slot": {"label": "Note", "schema": record(slotId=TEXT, note=TEXT)},
            },
        }
    )
    assert "payload={{ slotId: slot.id }}" in source
    assert "payload={(draft) => ({ slotId: slot.id, ...noteSlotPayload(draft) })}" in source
    assert source.count("isOpen={open === `NoteSlotForm ${slot.id}`}") == 1
