"""The wire layer: contracts, their validation and their identity. No I/O happens here.

Start with :mod:`~ggui_core.protocol.gate` (is this contract sound?), :mod:`~ggui_core.protocol.values` (do these
values keep it?) and :mod:`~ggui_core.protocol.digests` (what is it called?). Section numbers in these modules are
those of the wire specification, document 01.

Nothing is imported here, and the schema engine is loaded with the first schema: a server that validates no contract
does not pay for it.
"""
