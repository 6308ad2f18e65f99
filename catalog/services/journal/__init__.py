"""What a run says of itself while it lasts, for its page."""
