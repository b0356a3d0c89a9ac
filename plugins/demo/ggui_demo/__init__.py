"""The landing page of a ggui server, *Try it*, ``ggui demo`` and ``ggui doctor``."""
