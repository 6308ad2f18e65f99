"""Every filtered view of the catalog as feed, calendar, JSON and CSV."""
