/** A link to the page on which a person sees a session, good for one visit. */

import { CallFailed } from "./mcp";

const NO_VIEWER = new CallFailed(
  "The card is rendered, but this server has no page to show it on.",
  404,
  "no_viewer",
  "Install the distribution ggui-renderer, or enable the plugin renderer, and start the server again.",
);

/** @param bearer the key of the agent that rendered the session, or null on a server that asks nobody */
export async function viewerLink(bearer: string | null, sessionId: string, signal: AbortSignal): Promise<string> {
  const headers = new Headers({ Accept: "application/json", "Content-Type": "application/json" });
  if (bearer !== null) headers.set("Authorization", `Bearer ${bearer}`);
  const response = await fetch("/ggui/viewer/tickets", {
    method: "POST",
    headers,
    credentials: "omit",
    cache: "no-store",
    signal,
    body: JSON.stringify({ sessionId }),
  });
  if (response.status === 404) throw NO_VIEWER;
  if (!response.ok) {
    throw new CallFailed("The server gave no link to the card.", response.status, "no_ticket", "Start again.");
  }
  const { url } = (await response.json()) as { url: string };
  // The link may name the public address; the frame stays on the site that this page was loaded from.
  const { pathname, search } = new URL(url, location.origin);
  return pathname + search;
}
