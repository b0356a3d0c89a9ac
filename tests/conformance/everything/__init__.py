"""A plugin that serves whatever the public MCP conformance suite calls, for the tests of this folder only.

The suite names tools, prompts and resources that a server under test must have. They are served twice: by a
ready SDK server at ``/everything`` (all of them), and as declared tools on ``/mcp`` (those that a plugin tool
can express). What passes here is a statement about the kernel's transport, not about these handlers.
"""
