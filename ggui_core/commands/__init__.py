"""The kernel's own verbs of ``ggui``: ``serve``, ``plugins`` and ``config``."""
