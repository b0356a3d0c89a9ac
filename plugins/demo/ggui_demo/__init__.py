"""The landing page of a ggui server: its state, pairing, paired devices and connection snippets."""
