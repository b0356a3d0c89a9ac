"""The live channel: what reaches a view while it is on screen, on four rungs."""
