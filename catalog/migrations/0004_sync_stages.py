"""When the present stage of a run began, and whether a run could not ask Spotify."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the columns."""

    dependencies = [("catalog", "0003_genre_curated_at")]

    operations = [
        migrations.AddField(
            "syncoperation", "stage_started_at", models.DateTimeField(default=django.utils.timezone.now)
        ),
        migrations.AddField("syncrecord", "spotify_failed", models.BooleanField(default=False)),
    ]
