import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Tariffs, policies, and the groups of people and devices that they name."""

    dependencies = [("store", "0002_ledger")]

    operations = [
        migrations.CreateModel(
            name="Policy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=127, unique=True)),
                ("source", models.TextField()),
                ("actor", models.CharField(blank=True, default="", max_length=255)),
                ("changed_at", models.BigIntegerField(default=0)),
            ],
            options={"db_table": "store_policy"},
        ),
        migrations.CreateModel(
            name="Tariff",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=500, unique=True)),
                ("source", models.TextField()),
                ("actor", models.CharField(blank=True, default="", max_length=255)),
                ("changed_at", models.BigIntegerField(default=0)),
            ],
            options={"db_table": "store_tariff"},
        ),
        migrations.CreateModel(
            name="GroupMember",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("group_name", models.CharField(max_length=255)),
                ("member", models.CharField(db_index=True, max_length=255)),
            ],
            options={
                "db_table": "store_group_member",
                "constraints": [
                    models.UniqueConstraint(fields=("group_name", "member"), name="group_member_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="DeviceGroupMember",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("group_name", models.CharField(max_length=120)),
                (
                    "device",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="store.device"),
                ),
            ],
            options={
                "db_table": "store_device_group",
                "constraints": [
                    models.UniqueConstraint(fields=("group_name", "device"), name="device_group_once")
                ],
            },
        ),
    ]
