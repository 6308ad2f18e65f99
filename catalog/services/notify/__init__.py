"""Telling an address of the admin's how runs end."""
