"""The documentation of ggui as an MCP service."""
