"""The only room that knows a database: models, migrations, commands (units of work) and queries.

The door is :func:`plantin.store.database.open_database` and :class:`plantin.store.access.Store`. Commands are
synchronous functions that run in one transaction on the writer's thread; nothing awaits inside one (law 8).
"""
