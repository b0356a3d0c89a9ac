"""The browser side of a ggui server: documents, assets, and the viewer page."""
