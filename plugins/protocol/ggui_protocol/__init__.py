"""Design-time tools for authors of blueprints, at ``/protocol`` (spec 02 section 8)."""
