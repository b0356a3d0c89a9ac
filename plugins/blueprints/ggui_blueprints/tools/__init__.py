"""The tools of this plugin, one concept a file."""
