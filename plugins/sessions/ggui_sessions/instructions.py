"""What ``initialize`` tells a model about the loop: neutral and short, for every agent pays for every word."""

from __future__ import annotations

from typing import Final

PRIMER: Final = """\
To show something or to ask for something, follow four moments:
1. ggui_handshake with an intent and a draft contract. Props are what you show, actions what the person can do, \
context slots what they are typing or filtering (you only read those), streams what you push later. A value the \
person sends on purpose belongs to an action; a value you merely want to look at belongs to a context slot.
2. ggui_render with the handshakeId and props; nextStep of the handshake is a call you can fill in. It returns a \
sessionId and a resource that the host mounts. There is no link to pass on.
3. The person uses the card.
4. ggui_consume with the sessionId. Call it once with timeout 25 when the card has actions; without events end your \
turn, a later gesture calls you back. For each event act (its `tool` names the advised tool), and if that changed what \
the card shows call ggui_update before you consume again.
A message that names a sessionId and asks you to consume is a gesture on a card you rendered: call ggui_consume on \
that id first, not a new handshake.
Errors start with a code. invalid_arguments and contract_violation: correct the listed fields and repeat, the \
handshake is still open. handshake_not_found or a failed generation: call ggui_handshake again. session_not_found: \
the card is gone, render anew. If delivery says that nothing was painted, put the content into your reply.
Your other tools and plain replies stay as they are; a card supplements them."""

GESTURES: Final = """\
How a gesture reaches you: the card checks what the person did against the contract and hands it to this server, where \
it waits on the session's pipe. A ggui_consume that is waiting gets it at once; otherwise the card leaves a message in \
the conversation that names the sessionId. Each gesture is handed out once; if an answer of ggui_consume was lost, the \
same actionId comes again and is listed in _meta["ai.ggui/redelivered"]."""

WORKED_EXAMPLE: Final = """\
One round, in short: ggui_handshake({"intent":"let the person pick a slot","blueprintDraft":{"contract":{"propsSpec":\
{"properties":{"slots":{"required":true,"schema":{"type":"array","items":{"type":"string"}}}}},"actionSpec":{"choose":\
{"label":"Book","schema":{"type":"object","properties":{"slot":{"type":"string"}},"required":["slot"]}}}}}}) \
-> ggui_render({"handshakeId":"...","props":{"slots":["Mon 9:00","Tue 14:00"]}}) \
-> ggui_consume({"sessionId":"...","timeout":25}) \
-> ggui_update({"sessionId":"...","kind":"merge","patch":{"slots":["Mon 9:00"]}})."""
