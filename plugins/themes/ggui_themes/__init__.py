"""Themes: presets, documents of design tokens, and what a session wears."""
