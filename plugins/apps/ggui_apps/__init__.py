"""Apps: several tenants on one server, each with an address, limits and a look of its own."""
