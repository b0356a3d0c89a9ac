/** The two things a card may ask of the server through this page: call a tool, and read its own document. */

import type { Facts } from "./facts.ts";
import { record, text, type Json } from "./json.ts";

const TIMEOUT_MS = 60_000;

/** Why there is no answer: the server could not be reached, the session is over, or it refuses this. */
export class ServerFailure extends Error {
  readonly kind: "unreachable" | "ended" | "refused";
  readonly status: number;

  constructor(kind: ServerFailure["kind"], message: string, status = 0) {
    super(message);
    this.kind = kind;
    this.status = status;
  }
}

export class Server {
  readonly #facts: Facts;
  #csrf: Promise<string> | null = null;

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  /** Call a tool; the answer is its `CallToolResult`. */
  async callTool(name: string, args: Json): Promise<Json> {
    const content = JSON.stringify({ name, arguments: args });
    let response = await this.#post(content);
    if (response.status === 403 && (await errorCode(response.clone())) === "csrf_required") {
      this.#csrf = null; // such tokens do not survive a restart of the server; nothing was called yet
      response = await this.#post(content);
    }
    if (!response.ok) throw await failure(response);
    return record(await response.json().catch(() => null));
  }

  /** The card's document as the server would write it now. */
  async document(): Promise<string> {
    const response = await send(this.#facts.card, { headers: { Accept: "text/html" } });
    if (!response.ok) throw await failure(response);
    return response.text();
  }

  async #post(content: string): Promise<Response> {
    this.#csrf ??= this.#csrfToken();
    const token = await this.#csrf.catch((reason: unknown) => {
      this.#csrf = null;
      throw reason;
    });
    const headers = new Headers({ "Content-Type": "application/json", Accept: "application/json" });
    if (token !== "") headers.set("X-Ggui-CSRF", token);
    return send(this.#facts.calls, { method: "POST", headers, body: content });
  }

  /** The page's own address offers the token to whoever may see the page. */
  async #csrfToken(): Promise<string> {
    const response = await send(this.#facts.page, { method: "HEAD", headers: { Accept: "text/html" } });
    if (!response.ok) throw await failure(response);
    return response.headers.get("X-Ggui-CSRF-Token") ?? "";
  }
}

async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { ...init, cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch {
    throw new ServerFailure("unreachable", "The server did not answer.");
  }
}

async function failure(response: Response): Promise<ServerFailure> {
  const { status } = response;
  if (status === 401 || status === 404) return new ServerFailure("ended", "The session has ended.", status);
  if (status === 502 || status === 503 || status === 504) {
    return new ServerFailure("unreachable", "The server did not answer.", status);
  }
  const said = text(record((await body(response))["error"])["message"]);
  return new ServerFailure("refused", said || `The server refused this (status ${status}).`, status);
}

async function errorCode(response: Response): Promise<string> {
  return text(record((await body(response))["error"])["code"]);
}

async function body(response: Response): Promise<Json> {
  return record(await response.json().catch(() => null));
}
