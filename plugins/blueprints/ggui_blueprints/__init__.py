"""Reuse: components that are kept, found again, shared and curated."""
