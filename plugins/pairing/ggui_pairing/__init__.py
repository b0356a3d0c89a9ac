"""Pairing for ggui: one-time codes, device bearers, connector keys and the operator's admin token."""
