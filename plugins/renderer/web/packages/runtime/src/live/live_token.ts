import { text } from "../json.ts";
import type { Relay } from "../relay.ts";
import type { LiveAccess } from "../slice.ts";
import type { CallAccess } from "./token_calls.ts";

const TOOL = "ggui_runtime_refresh_ws_token";
/** A token this close to its end would not survive the way to the server. */
const MARGIN_MS = 5_000;
/** After this share of its life a token is renewed. */
const RENEW_AFTER = 2 / 3;
/** The bounds of that, for clocks that disagree with the server's: it says when a token ends by its own. */
const SOONEST_MS = 15_000;
const LATEST_MS = 120_000;

/** The token of the live channel, kept fresh through the relay (spec 05 section 7.4). */
export class LiveToken {
  readonly #relay: Relay;
  readonly #remint: () => Promise<LiveAccess | undefined>;
  #access: LiveAccess;
  #renewing: Promise<boolean> | undefined;
  /** Of the last acknowledgement: takes calls for hours, opens no channel. */
  #sessionToken: string | undefined;

  /** @param remint Fetches new credentials from the session's document, for when the server renews no more. */
  constructor(relay: Relay, access: LiveAccess, remint: () => Promise<LiveAccess | undefined>) {
    this.#relay = relay;
    this.#access = access;
    this.#remint = remint;
  }

  get value(): string {
    return this.#access.wsToken;
  }

  get wsUrl(): string {
    return withToken(this.#access.wsUrl, this.value);
  }

  get sseUrl(): string | undefined {
    return this.#access.sseUrl === undefined ? undefined : withToken(this.#access.sseUrl, this.value);
  }

  get pollingUrl(): string | undefined {
    return this.#access.pollingUrl === undefined ? undefined : withToken(this.#access.pollingUrl, this.value);
  }

  /** Where a fresh slice is had by token. */
  get stateUrl(): string | undefined {
    return this.pollingUrl?.replace(/\/events\?/, "/state?");
  }

  /** The token that an acknowledgement brought. */
  acknowledged(sessionToken: string | undefined): void {
    this.#sessionToken = sessionToken ?? this.#sessionToken;
  }

  /** The way for calls past the host; `undefined` when no token is good any more. */
  callAccess(now: number): CallAccess | undefined {
    const url = this.#access.pollingUrl?.replace(/\/events(\?.*)?$/, "/calls");
    const token = this.isExpired(now) ? this.#sessionToken : this.value;
    return url === undefined || token === undefined ? undefined : { url, token };
  }

  /** Credentials that came another way, such as with a later tool result. */
  adopt(access: LiveAccess): void {
    this.#access = access;
  }

  isExpired(now: number): boolean {
    return this.#access.expiresAt !== undefined && this.#access.expiresAt - MARGIN_MS <= now;
  }

  /** Milliseconds until it should be renewed; `undefined` when it never expires. */
  renewIn(now: number): number | undefined {
    if (this.#access.expiresAt === undefined) return undefined;
    return Math.min(LATEST_MS, Math.max(SOONEST_MS, (this.#access.expiresAt - now) * RENEW_AFTER));
  }

  /** Get a new one; whether that worked. Callers at the same time share one attempt. */
  renew(): Promise<boolean> {
    this.#renewing ??= this.#renew().finally(() => (this.#renewing = undefined));
    return this.#renewing;
  }

  async #renew(): Promise<boolean> {
    try {
      const answer = await this.#relay.call(TOOL, { envelope: this.value });
      const wsToken = text(answer["envelope"]);
      const expiresAt = Date.parse(text(answer["expiresAt"]) ?? "");
      if (answer["ok"] === true && wsToken !== undefined) {
        this.#access = { ...this.#access, wsToken, expiresAt: Number.isNaN(expiresAt) ? undefined : expiresAt };
        return true;
      }
    } catch {
      // The document may still be readable.
    }
    try {
      const fresh = await this.#remint();
      if (fresh !== undefined) this.#access = fresh;
      return fresh !== undefined;
    } catch {
      return false;
    }
  }
}

/** An address with the token as its `wsToken` parameter, in the place of an older one. */
export function withToken(address: string, token: string): string {
  const [path, query = ""] = address.split("?", 2) as [string, string?];
  const kept = query.split("&").filter((part) => part !== "" && !part.startsWith("wsToken="));
  return `${path}?${[...kept, `wsToken=${encodeURIComponent(token)}`].join("&")}`;
}
