"""The HTTP surface: declared routes behind one ordered pipeline (spec 02 section 1.2, spec 03 section 6)."""
