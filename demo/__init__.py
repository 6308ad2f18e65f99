"""A stand-in for the two services, and invented releases; plain Python that needs no settings."""
