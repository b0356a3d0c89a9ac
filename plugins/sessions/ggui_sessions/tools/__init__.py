"""The tools of the four moments, one module each: what goes in, what comes out, what happens between."""
