"""Every selection of albums as feed, calendar, JSON and CSV."""
