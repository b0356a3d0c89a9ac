/** What the server wrote into the page about the session it shows. */

import { record, text } from "./json.ts";

export interface Facts {
  version: string;
  sessionId: string;
  /** Paths on this server: the page itself, its card, and where its tool calls go. */
  page: string;
  card: string;
  calls: string;
  sandbox: string;
  /** Browser features that the card may use. */
  allow: string;
  /** `pending` while nothing can be shown yet, `failed` when there never will be. */
  state: "ready" | "pending" | "failed";
}

export function facts(): Facts {
  const content = document.querySelector<HTMLMetaElement>('meta[name="ggui-facts"]')?.content ?? "{}";
  const told = record(JSON.parse(content));
  const state = text(told["state"]);
  return {
    version: text(told["version"]),
    sessionId: text(told["sessionId"]),
    page: text(told["page"]),
    card: text(told["card"]),
    calls: text(told["calls"]),
    sandbox: text(told["sandbox"]),
    allow: text(told["allow"]),
    state: state === "pending" || state === "failed" ? state : "ready",
  };
}
