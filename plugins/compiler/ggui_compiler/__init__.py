"""Turns the TSX of a component into the ES module that views load (spec 06 section 11)."""
