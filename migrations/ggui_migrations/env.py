"""What Alembic runs: the revisions of one history, on a connection that the caller opened."""

from __future__ import annotations

from alembic import context

connection = context.config.attributes["connection"]

context.configure(
    connection=connection,
    version_table=context.config.attributes["version_table"],
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
