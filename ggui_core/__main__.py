"""``python -m ggui_core``: the same as ``ggui``, where the console script is not on the path."""

from ggui_core.cli import main

main()
