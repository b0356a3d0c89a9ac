"""The history of the database schema, as Alembic revisions."""

from __future__ import annotations

from typing import Final

REVISIONS: Final = ("0001", "0002", "0003")
"""Every revision, oldest first: a server whose database is at the last one starts without Alembic."""
