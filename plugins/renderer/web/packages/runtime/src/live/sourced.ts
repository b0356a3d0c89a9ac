import { HostFault } from "../bridge.ts";
import { text, type JsonObject } from "../json.ts";
import type { Relay } from "../relay.ts";
import type { StreamSource } from "../slice.ts";
import type { StreamHub } from "../streams.ts";

const EVERY_MS = 10_000;
/** How often a host that passes no tool calls on is tried all the same. */
const PROBE_MS = 30_000;
/** Refusals after which the server will not ask the tool for this view. */
const FOR_GOOD = new Set(["CHANNEL_NOT_LOCAL", "CHANNEL_UNKNOWN", "SESSION_NOT_FOUND"]);

/** Sends a frame over the socket; whether it went. */
type Send = (type: string, payload: JsonObject) => boolean;

interface Feed {
  readonly source: StreamSource;
  timer: ReturnType<typeof setTimeout> | undefined;
  /** The server asks the tool, and said so with a payload. */
  isPushed: boolean;
  isHostOnly: boolean;
  isRead: boolean;
}

/**
 * Channels that a tool feeds (spec 05 section 7.5): pushed over the socket where the server asks the tool itself, else
 * asked for through the host, as long as somebody reads the channel and looks at the page.
 */
export class SourcedChannels {
  readonly #relay: Relay;
  readonly #session: { sessionId: string; appId: string };
  readonly #streams: StreamHub;
  readonly #send: Send;
  readonly #feeds = new Map<string, Feed>();

  constructor(
    relay: Relay,
    session: { sessionId: string; appId: string },
    streams: StreamHub,
    given: { sources: ReadonlyMap<string, StreamSource>; localTools: ReadonlySet<string> },
    send: Send,
  ) {
    this.#relay = relay;
    this.#session = session;
    this.#streams = streams;
    this.#send = send;
    for (const [channel, source] of given.sources) {
      const isHostOnly = !given.localTools.has(source.tool);
      this.#feeds.set(channel, { source, timer: undefined, isPushed: false, isHostOnly, isRead: false });
    }
    if (this.#feeds.size > 0) document.addEventListener("visibilitychange", this.#visibility);
  }

  /** Somebody reads a channel from now on. */
  read(channel: string): void {
    const feed = this.#feeds.get(channel);
    if (feed === undefined || feed.isRead) return;
    feed.isRead = true;
    if (!this.#subscribe(channel, feed)) void this.#ask(channel, feed);
  }

  /** The socket is subscribed. */
  connected(): void {
    for (const [channel, feed] of this.#feeds) if (feed.isRead) this.#subscribe(channel, feed);
  }

  /** The socket is gone: nothing is pushed until another one is there. */
  lost(): void {
    for (const [channel, feed] of this.#feeds) {
      if (!feed.isRead || feed.timer !== undefined) continue;
      feed.isPushed = false;
      void this.#ask(channel, feed);
    }
  }

  /** A `channel_payload` frame. */
  pushed(payload: JsonObject): void {
    const channel = text(payload["channelName"]) ?? "";
    const feed = this.#feeds.get(channel);
    if (feed === undefined) return;
    feed.isPushed = true;
    this.#pause(feed);
    const complete = payload["complete"] === true ? { complete: true } : {};
    const mode = payload["mode"] === "replace" ? "replace" : "append";
    this.#streams.deliver({ channel, mode, payload: payload["payload"], seq: undefined, ...complete });
  }

  /** A `channel_error` frame. Other failures pass: the server goes on. */
  refused(payload: JsonObject): void {
    const channel = text(payload["channelName"]) ?? "";
    const feed = this.#feeds.get(channel);
    if (feed === undefined || !FOR_GOOD.has(text(payload["code"]) ?? "")) return;
    feed.isHostOnly = true;
    feed.isPushed = false;
    if (feed.isRead && feed.timer === undefined) void this.#ask(channel, feed);
  }

  stop(): void {
    document.removeEventListener("visibilitychange", this.#visibility);
    for (const feed of this.#feeds.values()) {
      this.#pause(feed);
      feed.isRead = false;
    }
  }

  readonly #visibility = (): void => {
    for (const [channel, feed] of this.#feeds) {
      if (!feed.isRead || feed.isPushed) continue;
      if (document.visibilityState === "visible") void this.#ask(channel, feed);
      else this.#pause(feed);
    }
  };

  #subscribe(channel: string, feed: Feed): boolean {
    if (feed.isHostOnly) return false;
    return this.#send("channel_subscribe", { ...this.#session, channelName: channel, args: feed.source.args });
  }

  async #ask(channel: string, feed: Feed): Promise<void> {
    this.#pause(feed);
    // Set while the host is asked as well: what calls this meanwhile must not ask a second time.
    feed.timer = setTimeout(() => void this.#ask(channel, feed), PROBE_MS);
    let pause = EVERY_MS;
    try {
      const payload = await this.#relay.ask(feed.source.tool, feed.source.args);
      if (feed.isRead && !feed.isPushed) this.#streams.deliver({ channel, mode: "replace", payload, seq: undefined });
    } catch (fault) {
      if (fault instanceof HostFault && fault.isStructural) pause = PROBE_MS;
    }
    if (!feed.isRead || feed.isPushed || document.visibilityState === "hidden") return this.#pause(feed);
    clearTimeout(feed.timer);
    feed.timer = setTimeout(() => void this.#ask(channel, feed), pause);
  }

  #pause(feed: Feed): void {
    clearTimeout(feed.timer);
    feed.timer = undefined;
  }
}
