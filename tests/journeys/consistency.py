"""Is a database sound? An independent reading of the tables: nothing of the product's code takes part.

What the store promises across rows is written down here a second time, from the descriptions of the tables
(``ggui_sql/tables.py``) and from ARCHITECTURE law 5. Databases that a killed server left behind are held against it.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg

Row = dict[str, Any]
Fetch = Callable[[str], Awaitable[Sequence[Row]]]

QUEUED, LEASED, READ = 0, 1, 2
LATEST, OF_AGENTS, OF_THE_SERVER, FOR_POLLS = 0, 1, 2, 3
TABLES = (
    "ggui_session",
    "ggui_gesture",
    "ggui_event",
    "ggui_emission",
    "ggui_handshake",
    "ggui_identity",
    "ggui_key_value",
)
"""Tables that grow with use and must shrink again; documents and code stay for a day or for good."""


async def faults_of_file(path: Path, *, running: bool) -> list[str]:
    """What is wrong with a SQLite database.

    Args:
        running: Whether a server recovered it: then nothing may be half made and nothing leased by the dead.
    """
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row

        async def fetch(statement: str) -> Sequence[Row]:
            return [dict(row) for row in connection.execute(statement)]

        connection.execute("BEGIN")
        broken = [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
        orphans = [tuple(row) for row in connection.execute("PRAGMA foreign_key_check")]
        found = await faults(fetch, running=running)
        left = await fetch("SELECT session_id FROM ggui_gesture WHERE state = 1") if running else []
    return [*broken, *(f"orphan {row}" for row in orphans), *found, *(f"leased: {row}" for row in left)]


async def faults_of_postgres(url: str, *, running: bool) -> list[str]:
    """What is wrong with a PostgreSQL database, in one snapshot of it."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):

            async def fetch(statement: str) -> Sequence[Row]:
                return [dict(row) for row in await connection.fetch(statement)]

            return await faults(fetch, running=running)
    finally:
        await connection.close()


async def faults(fetch: Fetch, *, running: bool) -> list[str]:
    """Everything that contradicts itself, in sentences; empty for a sound database."""
    sessions = await fetch("SELECT * FROM ggui_session")
    documents = {row["digest"] for row in await fetch("SELECT digest FROM ggui_document")}
    modules = {row["address"] for row in await fetch("SELECT address FROM ggui_code")}
    gestures = _by_session(await fetch("SELECT * FROM ggui_gesture ORDER BY place"))
    events = _by_session(await fetch("SELECT * FROM ggui_event ORDER BY seq"))
    emissions = _by_session(await fetch("SELECT * FROM ggui_emission ORDER BY seq"))
    found: list[str] = []
    for session in sessions:
        name = session["id"]
        parts = (
            *_made(session, documents, modules, running=running),
            *_pipe(session, gestures.pop(name, [])),
            *_ledger(session, events.pop(name, [])),
            *_stream(session, emissions.pop(name, [])),
        )
        found += [f"session {name}: {part}" for part in parts]
    for what, rest in (("gestures", gestures), ("events", events), ("emissions", emissions)):
        found += [f"{what} of {name}, which is not there" for name in rest]
    for row in await fetch("SELECT handshake_id, contract, props_schema FROM ggui_handshake"):
        if not {row["contract"], row["props_schema"]} <= documents:
            found.append(f"handshake {row['handshake_id']} lacks a document")
    both = {row["id"] for row in await fetch("SELECT id FROM ggui_identity")} & {
        row["id"] for row in sessions
    }
    return found + [f"session {name} is here and ended" for name in both]


def _made(session: Row, documents: set[str], modules: set[str], *, running: bool) -> Iterator[str]:
    """It has what it is made of. One whose render never ended is nowhere once a server has looked."""
    for column in ("contract", "props_schema"):
        if session[column] not in documents:
            yield f"its {column} is missing"
    if session["code_hash"] is not None:
        if session["code_hash"] not in modules:
            yield "its code is missing"
        if session["source"] not in documents:
            yield "its source is missing"
        if session["failure_code"] is not None:
            yield "it has a component and a failure"
    elif session["source"] is not None:
        yield "it has a source and no code"
    elif running and session["failure_code"] is None and session["kind"] is None:
        yield "it is half made"
    if not session["created_at_ms"] <= session["last_activity_at_ms"] < session["expires_at_ms"]:
        yield "its times are out of order"


def _pipe(session: Row, gestures: list[Row]) -> Iterator[str]:
    waiting = [row for row in gestures if row["state"] != READ]
    if [row["place"] for row in gestures] != list(range(session["pipe_places"])):
        yield f"places {[row['place'] for row in gestures][:5]}... are not 0 to {session['pipe_places']}"
    if len({row["action_key"] for row in gestures}) != len(gestures):
        yield "a gesture is there twice"
    if (len(waiting), sum(row["size"] for row in waiting)) != (session["pipe_count"], session["pipe_bytes"]):
        yield f"{len(waiting)} gestures wait and {session['pipe_count']} are counted"
    for row in gestures:
        if (row["state"] == LEASED) != (row["lease_id"] is not None) or (row["state"] == LEASED) != (
            row["leased_at_ms"] is not None
        ):
            yield f"gesture {row['action_key']} is leased by halves"
        if (row["state"] == READ) != (row["body"] is None):
            yield f"gesture {row['action_key']} has a body after it was read, or none before"
        elif row["body"] is not None and json.loads(row["body"])[0] != row["action_key"]:
            yield f"gesture {row['action_key']} has the body of another"


def _ledger(session: Row, events: list[Row]) -> Iterator[str]:
    horizon, head = session["ledger_horizon"], session["event_sequence"]
    if [row["seq"] for row in events] != list(range(horizon + 1, head + 1)):
        yield f"the ledger has gaps between {horizon} and {head}"
    if sum(len(row["data"]) for row in events) != session["ledger_bytes"]:
        yield "the bytes of the ledger are miscounted"
    shown = [json.loads(row["data"]) for row in events if row["type"] in ("ui.created", "ui.updated")]
    if shown and shown[-1]["props"] != json.loads(session["props"]):
        yield f"it shows {session['props'][:40]} and the ledger says {str(shown[-1]['props'])[:40]}"
    if horizon:
        return
    counts: dict[str, int] = defaultdict(int)
    for row in events:
        counts[row["type"]] += 1
    if counts["ui.created"] != (session["code_hash"] is not None):
        yield f"{counts['ui.created']} times created"
    if counts["ui.updated"] != session["revision"]:
        yield f"revision {session['revision']} after {counts['ui.updated']} updates"
    if counts["user.submitted"] != session["pipe_places"]:
        yield f"{session['pipe_places']} gestures and {counts['user.submitted']} in the ledger"


def _stream(session: Row, emissions: list[Row]) -> Iterator[str]:
    if any(row["seq"] > session["stream_seq"] for row in emissions):
        yield "a delivery has a number that was not given yet"
    for ring, prefix in ((OF_AGENTS, "ring"), (OF_THE_SERVER, "own"), (FOR_POLLS, "polled")):
        kept = [len(row["payload"]) for row in emissions if row["ring"] == ring]
        if (len(kept), sum(kept)) != (session[f"{prefix}_count"], session[f"{prefix}_bytes"]):
            yield f"{len(kept)} deliveries in ring {ring} and {session[f'{prefix}_count']} counted"
    latest = [row["channel"] for row in emissions if row["ring"] == LATEST]
    if len(latest) != len(set(latest)):
        yield "a channel has two latest deliveries"


def _by_session(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["session_id"]].append(row)
    return found
