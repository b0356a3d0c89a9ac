"""Tools and one prompt that need input in between: multi round-trip requests of 2026-07-28 (SEP-2322).

No state is kept here: what a later round must know travels in ``requestState``, which the server's
:class:`~mcp.server.request_state.RequestStateBoundary` seals and verifies.
"""

from __future__ import annotations

from typing import Any

import mcp_types as types

from everything import content
from everything.tools import Context, Outcome, Params, SuiteTool, answer


def form(message: str, key: str, kind: str = "string") -> types.ElicitRequest:
    """Ask the person for one value."""
    schema: dict[str, Any] = {"type": "object", "properties": {key: {"type": kind}}, "required": [key]}
    return types.ElicitRequest(params=types.ElicitRequestFormParams(message=message, requested_schema=schema))


def sampling(prompt: str, max_tokens: int) -> types.CreateMessageRequest:
    """Ask the client's model."""
    message = types.SamplingMessage(role="user", content=types.TextContent(type="text", text=prompt))
    return types.CreateMessageRequest(
        params=types.CreateMessageRequestParams(messages=[message], max_tokens=max_tokens)
    )


def roots() -> types.ListRootsRequest:
    """Ask for the client's roots."""
    return types.ListRootsRequest(params=types.RequestParams())


def needs(state: str | None = None, **requests: types.InputRequest) -> types.InputRequiredResult:
    """An interim result that asks for ``requests``."""
    return types.InputRequiredResult(input_requests=requests, request_state=state)


def accepted(params: types.InputResponseRequestParams, key: str, field: str) -> str | None:
    """The value that the person gave for ``field`` of request ``key``; ``None`` when there is none."""
    response = (params.input_responses or {}).get(key)
    if not isinstance(response, types.ElicitResult) or response.action != "accept":
        return None
    value = (response.content or {}).get(field)
    return None if value is None else str(value)


async def _name(context: Context, params: Params) -> Outcome:
    name = accepted(params, "user_name", "name")
    if name is None:
        return needs(user_name=form("What is your name?", "name"))
    return answer(content.text(f"Hello, {name}!"))


async def _capital(context: Context, params: Params) -> Outcome:
    response = (params.input_responses or {}).get("capital_question")
    if not isinstance(response, types.CreateMessageResult | types.CreateMessageResultWithTools):
        return needs(capital_question=sampling("What is the capital of France?", 100))
    return answer(content.text(f"The model said: {response.content}"))


async def _roots(context: Context, params: Params) -> Outcome:
    response = (params.input_responses or {}).get("client_roots")
    if not isinstance(response, types.ListRootsResult):
        return needs(client_roots=roots())
    return answer(content.text("Roots: " + ", ".join(str(root.uri) for root in response.roots)))


async def _confirm(context: Context, params: Params) -> Outcome:
    if params.request_state != "asked" or accepted(params, "confirm", "ok") is None:
        return needs("asked", confirm=form("Please confirm", "ok", "boolean"))
    return answer(content.text("state-ok"))


async def _three_at_once(context: Context, params: Params) -> Outcome:
    given = (params.input_responses or {}).keys()
    if params.request_state != "asked" or not {"user_name", "greeting", "client_roots"} <= given:
        return needs(
            "asked",
            user_name=form("What is your name?", "name"),
            greeting=sampling("Generate a greeting", 50),
            client_roots=roots(),
        )
    return answer(content.text("All three inputs are here."))


async def _two_rounds(context: Context, params: Params) -> Outcome:
    name = accepted(params, "step1", "name")
    if params.request_state == "step-1" and name is not None:
        return needs(f"step-2:{name}", step2=form("Step 2: What is your favorite color?", "color"))
    colour = accepted(params, "step2", "color")
    if params.request_state is not None and params.request_state.startswith("step-2:") and colour is not None:
        return answer(content.text(f"{params.request_state.removeprefix('step-2:')} likes {colour}."))
    return needs("step-1", step1=form("Step 1: What is your name?", "name"))


async def _what_client_can(context: Context, params: Params) -> Outcome:
    if params.input_responses:
        return answer(content.text("Inputs: " + ", ".join(sorted(params.input_responses))))
    able = context.session.client_capabilities or types.ClientCapabilities()
    requests: dict[str, types.InputRequest] = {}
    if able.sampling is not None:
        requests["greeting"] = sampling("Generate a greeting", 50)
    if able.elicitation is not None:
        requests["user_name"] = form("What is your name?", "name")
    if able.roots is not None:
        requests["client_roots"] = roots()
    if not requests:
        return answer(content.text("The client declares no capability that could give input."))
    return needs(None, **requests)


async def get_prompt(
    params: types.GetPromptRequestParams,
) -> types.GetPromptResult | types.InputRequiredResult:
    """``test_input_required_result_prompt``: a prompt that asks for its context first."""
    context = accepted(params, "user_context", "context")
    if context is None:
        return needs(user_context=form("What context should the prompt use?", "context"))
    body = content.text(f"Use this context: {context}")
    return types.GetPromptResult(messages=[types.PromptMessage(role="user", content=body)])


TOOLS: tuple[SuiteTool, ...] = (
    SuiteTool("test_input_required_result_elicitation", "Asks for a name", _name),
    SuiteTool("test_streaming_elicitation", "Asks for a name", _name),
    SuiteTool("test_input_required_result_sampling", "Asks the client's model", _capital),
    SuiteTool("test_input_required_result_list_roots", "Asks for the client's roots", _roots),
    SuiteTool("test_input_required_result_request_state", "Asks, and knows that it asked", _confirm),
    SuiteTool("test_input_required_result_tampered_state", "Refuses a state that it did not give", _confirm),
    SuiteTool("test_input_required_result_multiple_inputs", "Asks three things at once", _three_at_once),
    SuiteTool("test_input_required_result_multi_round", "Asks twice in a row", _two_rounds),
    SuiteTool("test_input_required_result_capabilities", "Asks for what the client can", _what_client_can),
)
