"""Gadgets: browser packages that the components of cards may import."""
