"""Several processes of one server, joined by Redis."""
