"""Invented releases, and a stand-in for Google Sheets and Spotify; plain Python without Django's settings."""
