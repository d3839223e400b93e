"""Accounting's gate before a device, and whether a job's books are closed."""

from typing import ClassVar

from django.db import migrations, models


def close_old_books(apps: object, schema_editor: object) -> None:
    """Jobs that ended before anybody counted stay uncounted: their documents may be gone."""
    schema_editor.execute("UPDATE store_job SET books_closed = TRUE WHERE state >= 7")  # type: ignore[attr-defined]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("store", "0001_initial")]

    operations: ClassVar = [
        migrations.AddField("job", "gate", models.SmallIntegerField(default=0)),
        migrations.AddField("job", "books_closed", models.BooleanField(default=False)),
        migrations.RunPython(close_old_books, migrations.RunPython.noop),
        migrations.AddIndex(
            "job", models.Index(fields=["id"], name="job_books_open", condition=models.Q(books_closed=False))
        ),
        migrations.CreateModel(
            "JobCost",
            fields=[
                ("job", models.BigIntegerField(primary_key=True, serialize=False)),
                ("counted_at", models.BigIntegerField(default=0)),
                ("error", models.TextField(default="", blank=True)),
                ("reports", models.TextField(default="[]")),
                ("pages", models.BigIntegerField(default=-1)),
                ("input_pages", models.BigIntegerField(default=-1)),
                ("copies", models.IntegerField(default=1)),
                ("impressions_colour", models.BigIntegerField(default=-1)),
                ("impressions_mono", models.BigIntegerField(default=-1)),
                ("sheets", models.BigIntegerField(default=-1)),
                ("blank_sides", models.BigIntegerField(default=-1)),
                ("unit", models.CharField(max_length=32, default="", blank=True)),
                ("quote_minor", models.BigIntegerField(default=-1)),
                ("quote_lines", models.TextField(default="[]")),
                ("admission", models.TextField(default="", blank=True)),
                ("held_for", models.CharField(max_length=64, default="", blank=True)),
                ("charges", models.TextField(default="", blank=True)),
                ("reservation", models.BigIntegerField(default=0)),
                ("settled_attempt", models.BigIntegerField(default=0)),
                ("printed_colour", models.BigIntegerField(default=0)),
                ("printed_mono", models.BigIntegerField(default=0)),
                ("printed_sheets", models.BigIntegerField(default=0)),
                ("cost_minor", models.BigIntegerField(default=0)),
                ("cost_lines", models.TextField(default="[]")),
                ("note", models.TextField(default="", blank=True)),
            ],
            options={"db_table": "store_job_cost"},
        ),
    ]
