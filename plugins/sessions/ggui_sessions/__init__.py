"""``sessions``: handshake, render, interact, consume."""
