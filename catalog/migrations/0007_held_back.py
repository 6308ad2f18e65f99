"""What runs held back, and the answers."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the table, and how much of it each run asked about."""

    dependencies = [
        ("catalog", "0006_run_log"),
    ]

    operations = [
        migrations.AddField(
            model_name="syncrecord",
            name="questions",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.CreateModel(
            name="HeldBack",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("withdrawals", "Withdrawals"),
                            ("links", "Links of a tab"),
                            ("tab", "A tab that is gone"),
                        ],
                        max_length=11,
                    ),
                ),
                ("tab", models.CharField(blank=True, max_length=100)),
                ("reason", models.CharField(max_length=1000)),
                ("fingerprint", models.CharField(max_length=32)),
                ("count", models.PositiveIntegerField()),
                ("items", models.JSONField(default=list)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("in_force", "In force"),
                            ("done", "Let through"),
                            ("overtaken", "Overtaken by a later run"),
                        ],
                        default="in_force",
                        max_length=9,
                    ),
                ),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[("", "Not answered"), ("accepted", "Accepted"), ("kept", "Kept")],
                        default="",
                        max_length=8,
                    ),
                ),
                ("answered_by", models.CharField(blank=True, max_length=150)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                (
                    "record",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="held_back", to="catalog.syncrecord"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "held back",
                "ordering": ("pk",),
                "indexes": [models.Index(fields=["state", "answer"], name="catalog_hel_state_f3a365_idx")],
            },
        ),
    ]
