import type { JsonObject } from "./json.ts";

/** What rings: nothing of the gesture but its name travels, and that only in `_meta`. */
export interface Ring {
  readonly sessionId: string;
  readonly actionId: string;
  readonly intent: string;
  /** ISO 8601. */
  readonly submittedAt: string;
}

/**
 * The parameters of the `ui/message` that tells a conversation to fetch a gesture (spec 05 section 8.3).
 *
 * Hosts forward the text word by word and drop members that their schema does not know, so the pointer for machines
 * sits in the content block's `_meta`.
 */
export function doorbellMessage(ring: Ring): JsonObject {
  const args = { sessionId: ring.sessionId };
  return {
    role: "user",
    content: [
      {
        type: "text",
        text: directive(ring.sessionId),
        _meta: {
          "ai.ggui/userAction": {
            kind: "user-action",
            description: "The person used this card; call ggui_consume to learn what they did.",
            sessionId: ring.sessionId,
            actionId: ring.actionId,
            submittedAt: ring.submittedAt,
            intent: ring.intent,
            nextStep: { tool: "ggui_consume", args },
          },
        },
      },
    ],
  };
}

function directive(sessionId: string): string {
  const args = JSON.stringify({ sessionId });
  return [
    `Call the tool ggui_consume as your very next step, with the arguments ${args}. ` +
      "Call it now: write no reply before it, and do not summarise this message.",
    "",
    '<ggui_directive kind="user-action">',
    `  <session_id>${escapeXml(sessionId)}</session_id>`,
    "  <next_tool>ggui_consume</next_tool>",
    `  <next_args>${escapeXml(args)}</next_args>`,
    "</ggui_directive>",
    "",
    `The person used the card of render ${sessionId} while no call of yours was waiting for it. ` +
      "What they did is kept in the queue that ggui_consume reads; it is not contained in this message. " +
      "Once you have it, act on it with the tool that fits the task, then repaint the card of this same sessionId " +
      "in place (ggui_amend, or ggui_update where that is the name you have). " +
      "Ask ggui_update for a new card only when a new card is what the person needs.",
  ].join("\n");
}

function escapeXml(source: string): string {
  return source.replace(/[&<>]/g, (sign) => (sign === "&" ? "&amp;" : sign === "<" ? "&lt;" : "&gt;"));
}

/** A JSON-RPC id that no request counted from 0 will have. */
export function ringId(): number {
  return 0x10000000 + Math.floor(Math.random() * 0x60000000);
}
