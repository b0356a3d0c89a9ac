"""Prompts of the ``/everything`` service, and completion of their arguments."""

from __future__ import annotations

import mcp_types as types
from mcp.shared.exceptions import MCPError

from everything import content, multi_round
from everything.tools import Context

_PLACES = ("paris", "park", "party", "testing", "tested")


def _argument(name: str) -> types.PromptArgument:
    return types.PromptArgument(name=name, description=f"Value of {name}", required=True)


PROMPTS: tuple[types.Prompt, ...] = (
    types.Prompt(name="test_simple_prompt", description="One text message"),
    types.Prompt(
        name="test_prompt_with_arguments",
        description="One text message with two values in it",
        arguments=[_argument("arg1"), _argument("arg2")],
    ),
    types.Prompt(
        name="test_prompt_with_embedded_resource",
        description="A resource and a text message",
        arguments=[_argument("resourceUri")],
    ),
    types.Prompt(name="test_prompt_with_image", description="An image and a text message"),
    types.Prompt(name="test_input_required_result_prompt", description="Asks for its context first"),
)


def _messages(*blocks: types.ContentBlock) -> types.GetPromptResult:
    return types.GetPromptResult(messages=[types.PromptMessage(role="user", content=b) for b in blocks])


async def list_prompts(
    context: Context, params: types.PaginatedRequestParams | None
) -> types.ListPromptsResult:
    """All of them, on one page."""
    return types.ListPromptsResult(prompts=list(PROMPTS))


async def get_prompt(
    context: Context, params: types.GetPromptRequestParams
) -> types.GetPromptResult | types.InputRequiredResult:
    """Fill in one prompt."""
    given = params.arguments or {}
    match params.name:
        case "test_simple_prompt":
            return _messages(content.text("This is a simple prompt for testing."))
        case "test_prompt_with_arguments":
            return _messages(
                content.text(f"Prompt with arguments: arg1='{given.get('arg1')}', arg2='{given.get('arg2')}'")
            )
        case "test_prompt_with_embedded_resource":
            uri = given.get("resourceUri", "test://example-resource")
            return _messages(
                content.embedded(uri, "text/plain", "Embedded resource content for testing."),
                content.text("Please process the embedded resource above."),
            )
        case "test_prompt_with_image":
            return _messages(content.image(), content.text("Please analyze the image above."))
        case "test_input_required_result_prompt":
            return await multi_round.get_prompt(params)
        case unknown:
            raise MCPError(types.INVALID_PARAMS, f"There is no prompt {unknown!r}.")


async def complete(context: Context, params: types.CompleteRequestParams) -> types.CompleteResult:
    """Words that begin with what was typed."""
    values = [place for place in _PLACES if place.startswith(params.argument.value)]
    return types.CompleteResult(completion=types.Completion(values=values, total=len(values), has_more=False))
