"""The ledger's tables, and the triggers that make its journal append-only.

SQLite drops a table's triggers when Django remakes the table to alter a column: a later migration that
alters one of these tables has to call :func:`make_triggers` of this module again.
"""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

_APPEND_ONLY = {
    "store_ledgertransaction": "the ledger is append-only: a transaction is never changed or deleted, "
    "it is corrected by a reversal",
    "store_posting": "the ledger is append-only: a posting is never changed or deleted, "
    "it is corrected by a reversal",
}
_ACCOUNT_STAYS = "an account is never deleted, and keeps its id, kind and unit; close it instead"
_POSTGRESQL = """
    CREATE FUNCTION store_ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
    END $$
"""


def make_triggers(apps: Any, schema_editor: Any) -> None:
    """The triggers of this database."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(_POSTGRESQL, params=None)
        for table, reason in _APPEND_ONLY.items():
            _refuse(schema_editor, table, "UPDATE OR DELETE", "ROW", reason)
            _refuse(schema_editor, table, "TRUNCATE", "STATEMENT", reason)
        _refuse(schema_editor, "store_account", "DELETE OR UPDATE OF id, kind, unit", "ROW", _ACCOUNT_STAYS)
        _refuse(schema_editor, "store_account", "TRUNCATE", "STATEMENT", _ACCOUNT_STAYS)
        return
    for table, reason in _APPEND_ONLY.items():
        for event in ("UPDATE", "DELETE"):
            _refuse_in_sqlite(schema_editor, table, event, reason)
    for event in ("UPDATE OF id, kind, unit", "DELETE"):
        _refuse_in_sqlite(schema_editor, "store_account", event, _ACCOUNT_STAYS)


def _refuse(schema_editor: Any, table: str, event: str, each: str, reason: str) -> None:
    name = f"{table}_no_{event.split(maxsplit=1)[0].lower()}"
    schema_editor.execute(
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH {each} "
        f"EXECUTE FUNCTION store_ledger_refuse('{reason}')",
        params=None,
    )


def _refuse_in_sqlite(schema_editor: Any, table: str, event: str, reason: str) -> None:
    name = f"{table}_no_{event.split(maxsplit=1)[0].lower()}"
    schema_editor.execute(
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} BEGIN SELECT RAISE(ABORT, '{reason}'); END",
        params=None,
    )


def drop_triggers(apps: Any, schema_editor: Any) -> None:
    """SQLite's go with their tables; PostgreSQL's function stays behind otherwise."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION store_ledger_refuse() CASCADE", params=None)


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0002_admission"),
    ]

    operations = [
        migrations.CreateModel(
            name="AllocationRule",
            fields=[
                ("name", models.CharField(max_length=120, primary_key=True, serialize=False)),
                ("unit", models.CharField(max_length=120)),
                ("amount", models.BigIntegerField()),
                ("cap", models.BigIntegerField(null=True)),
                ("every", models.CharField(max_length=16)),
                ("starts_on", models.IntegerField(default=1)),
                ("terms", models.TextField(default="[]")),
                ("users", models.TextField(default="[]")),
                ("groups", models.TextField(default="[]")),
                ("granted_until", models.DateField()),
            ],
        ),
        migrations.CreateModel(
            name="DefaultAccount",
            fields=[
                ("person", models.TextField(primary_key=True, serialize=False)),
                ("account", models.CharField(max_length=120)),
            ],
        ),
        migrations.CreateModel(
            name="LedgerHead",
            fields=[
                ("book", models.TextField(primary_key=True, serialize=False)),
                ("number", models.BigIntegerField(default=0)),
                ("digest", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="VoucherBatch",
            fields=[
                ("name", models.CharField(max_length=120, primary_key=True, serialize=False)),
                ("unit", models.CharField(max_length=120)),
                ("value", models.BigIntegerField()),
                ("count", models.IntegerField()),
                ("expires_on", models.DateField(null=True)),
                ("created_at", models.BigIntegerField(default=0)),
                ("created_by", models.TextField(blank=True, default="")),
            ],
        ),
        migrations.CreateModel(
            name="Account",
            fields=[
                ("id", models.CharField(max_length=120, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=16)),
                ("unit", models.CharField(max_length=120)),
                ("name", models.TextField(blank=True, default="")),
                ("owner", models.TextField(null=True)),
                ("parent", models.CharField(max_length=120, null=True)),
                ("restricted", models.BooleanField(default=True)),
                ("overdraft", models.BigIntegerField(null=True)),
                ("users", models.TextField(default="[]")),
                ("groups", models.TextField(default="[]")),
                ("pin_digest", models.TextField(blank=True, default="")),
                ("closed", models.BooleanField(default=False)),
                ("booked", models.BigIntegerField(default=0)),
                ("reserved", models.BigIntegerField(default=0)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("parent__isnull", False)), fields=["parent"], name="account_below"
                    ),
                    models.Index(
                        condition=models.Q(("owner__isnull", False)),
                        fields=["owner"],
                        name="account_of_owner",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LedgerTransaction",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=200)),
                ("kind", models.CharField(max_length=16)),
                ("at_us", models.BigIntegerField()),
                ("input_digest", models.BinaryField()),
                ("refers_to", models.BigIntegerField(null=True)),
                ("job", models.TextField(blank=True, default="")),
                ("actor", models.TextField(blank=True, default="")),
                ("memo", models.TextField(blank=True, default="")),
                ("expires_at_us", models.BigIntegerField(null=True)),
                ("previous", models.BinaryField()),
                ("digest", models.BinaryField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("refers_to__isnull", False)),
                        fields=["refers_to"],
                        name="ledger_refers_to",
                    ),
                    models.Index(condition=models.Q(("job__gt", "")), fields=["job"], name="ledger_job"),
                ],
                "constraints": [models.UniqueConstraint(fields=("key",), name="ledger_key_once")],
            },
        ),
        migrations.CreateModel(
            name="OpenReservation",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("expires_at_us", models.BigIntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["expires_at_us", "number"], name="reservation_due")],
            },
        ),
        migrations.CreateModel(
            name="Posting",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "number", "position", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.BigIntegerField()),
                ("position", models.IntegerField()),
                ("account", models.CharField(max_length=120)),
                ("unit", models.CharField(max_length=120)),
                ("amount", models.BigIntegerField()),
                ("layer", models.SmallIntegerField()),
                ("share", models.IntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["account", "number"], name="posting_of_account")],
            },
        ),
        migrations.CreateModel(
            name="RefundRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("charge", models.BigIntegerField(db_index=True)),
                ("unit", models.CharField(max_length=120)),
                ("asked", models.BigIntegerField()),
                ("granted", models.BigIntegerField(default=0)),
                ("asked_by", models.TextField()),
                ("state", models.CharField(max_length=16)),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("state", "asked")), fields=["id"], name="refund_open")
                ],
            },
        ),
        migrations.CreateModel(
            name="RefundStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("state", models.CharField(max_length=16)),
                ("actor", models.TextField()),
                ("at_us", models.BigIntegerField()),
                ("note", models.TextField(blank=True, default="")),
                (
                    "request",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="store.refundrequest"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Voucher",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("serial", models.IntegerField()),
                ("withdrawn", models.BooleanField(default=False)),
                (
                    "batch",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="store.voucherbatch"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("batch", "serial"), name="voucher_serial_once")
                ],
            },
        ),
        migrations.RunPython(make_triggers, drop_triggers),
    ]
