"""What the page of a run shows while it lasts: its last log lines, and how many requests each service got."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the columns."""

    dependencies = [("catalog", "0005_by_itself")]

    operations = [
        migrations.AddField("syncoperation", "log_lines", models.JSONField(blank=True, default=list)),
        migrations.AddField("syncoperation", "requests", models.JSONField(blank=True, default=dict)),
    ]
