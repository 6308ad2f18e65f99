"""When an admin last joined or parted a genre: pages that are kept depend on it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the column."""

    dependencies = [("catalog", "0002_search_index")]

    operations = [
        migrations.AddField("genre", "curated_at", models.DateTimeField(auto_now=True, null=True)),
    ]
