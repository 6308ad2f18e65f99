"""The workbooks that were read last, which one a run has read, and runs that go back to one of them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the columns and the table."""

    dependencies = [("catalog", "0007_held_back")]

    operations = [
        migrations.CreateModel(
            name="Workbook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("content", models.BinaryField()),
                ("size", models.PositiveIntegerField()),
                ("read_at", models.DateTimeField()),
            ],
            options={"ordering": ("-read_at", "-pk")},
        ),
        migrations.AddField("syncoperation", "workbook_digest", models.CharField(blank=True, max_length=64)),
        migrations.AddField("syncoperation", "sheet_of", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("syncoperation", "holds_syncs", models.BooleanField(default=False)),
        migrations.AlterField(
            "syncoperation",
            "triggered_by",
            models.CharField(
                choices=[
                    ("button", "Sync Now"),
                    ("command", "Command line"),
                    ("retry", "Tried again"),
                    ("schedule", "Schedule"),
                    ("undo", "Undo"),
                ],
                default="button",
                max_length=8,
            ),
        ),
    ]
