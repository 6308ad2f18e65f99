"""Syncs that start by themselves: when a run is tried again, and when the next one of SYNC_EVERY is due."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the columns and the table."""

    dependencies = [("catalog", "0004_sync_stages")]

    operations = [
        migrations.AddField("syncoperation", "retry_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("syncoperation", "retries_left", models.PositiveSmallIntegerField(default=0)),
        migrations.AlterField(
            "syncoperation",
            "triggered_by",
            models.CharField(
                choices=[
                    ("button", "Sync Now"),
                    ("command", "Command line"),
                    ("retry", "Tried again"),
                    ("schedule", "Schedule"),
                ],
                default="button",
                max_length=8,
            ),
        ),
        migrations.CreateModel(
            name="SyncSchedule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("next_at", models.DateTimeField()),
            ],
        ),
    ]
