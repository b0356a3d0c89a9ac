import type { Readable } from "@ggui-ai/wire";

import type { Host } from "../host.ts";
import { count, isObject, text, type JsonObject } from "../json.ts";
import type { Lifecycle } from "../lifecycle.ts";
import type { Relay } from "../relay.ts";
import type { LiveAccess, Slice } from "../slice.ts";
import type { StreamHub } from "../streams.ts";
import type { Telemetry } from "../telemetry.ts";
import { PROTOCOL_VERSION } from "../version.ts";
import { Climb, watchSocketPolicy } from "./climb.ts";
import { EventStream } from "./event_stream.ts";
import { parseEmission, parseLedgerEvent, parsePropsUpdate, type Frame, type PropsUpdate } from "./frames.ts";
import { LiveToken } from "./live_token.ts";
import { Poll } from "./poll.ts";
import { Pull } from "./pull.ts";
import { Socket } from "./socket.ts";
import { SourcedChannels } from "./sourced.ts";

/** A socket that has not brought an answer by then gets company. */
const SOCKET_HEAD_START_MS = 2_000;
const MAX_REFUSALS = 2;

/** Refusals of a subscription that a new token may cure. */
const CURABLE = new Set(["BOOTSTRAP_EXPIRED", "BOOTSTRAP_INVALID", "UNAUTHENTICATED"]);

type Rung = "ws" | "sse" | "polling" | "pull";

/** The best first. */
const RUNGS: readonly string[] = ["ws", "sse", "polling", "pull"];

function rank(rung: string): number {
  return RUNGS.indexOf(rung);
}

/** What the channel brings to its card. */
export interface ChannelCard {
  readonly sessionId: string;
  readonly appId: string;
  /** The session as the server has it now. */
  acknowledged(session: JsonObject): void;
  updated(update: PropsUpdate): void;
  drained(actionId: string): void;
  /** New content from the session's document; its live credentials, if it has any. */
  remint(): Promise<LiveAccess | undefined>;
  /** The rungs that could have carried a first paint are exhausted. */
  unreachable(reason: string): void;
  upgradeRequired(serverVersion: string): void;
}

/**
 * Brings the news of a session to its view, by the best way that works: the socket, else an event stream, else polls,
 * else pulls over the host's relay. Pulls also bridge the time in which no better way is there, and a channel that had
 * to leave the socket tries it again from time to time.
 */
export class LiveChannel {
  readonly #card: ChannelCard;
  readonly #host: Host;
  readonly #relay: Relay;
  readonly #streams: StreamHub;
  readonly #lifecycle: Lifecycle;
  readonly #telemetry: Telemetry;
  readonly #token: LiveToken | undefined;
  readonly #pull: Pull;
  readonly #sourced: SourcedChannels;
  readonly #climb: Climb;
  readonly #unwatch: () => void;
  #socket: Socket | undefined;
  #eventStream: EventStream | undefined;
  #poll: Poll | undefined;
  #socketIsForbidden = false;
  #hasLeftSocket = false;
  #isStopped = false;
  #ledger: number;
  #rung: Rung | "" = "";
  #isConnected = false;
  #refusals = 0;
  #headStart: ReturnType<typeof setTimeout> | undefined;
  #renewal: ReturnType<typeof setTimeout> | undefined;
  #observed = "";
  #unlisten: () => void = () => undefined;
  readonly #listeners = new Set<() => void>();

  constructor(
    card: ChannelCard,
    slice: Slice,
    surroundings: { host: Host; relay: Relay; streams: StreamHub; lifecycle: Lifecycle; telemetry: Telemetry },
  ) {
    this.#card = card;
    this.#host = surroundings.host;
    this.#relay = surroundings.relay;
    this.#streams = surroundings.streams;
    this.#lifecycle = surroundings.lifecycle;
    this.#telemetry = surroundings.telemetry;
    this.#ledger = slice.lastSequence;
    this.#token = slice.live === undefined ? undefined : new LiveToken(this.#relay, slice.live, () => card.remint());
    this.#pull = this.#makePull();
    const { sessionId, appId } = card;
    const given = { sources: slice.streamSources, localTools: slice.localTools };
    this.#sourced = new SourcedChannels(this.#relay, { sessionId, appId }, this.#streams, given, (type, payload) => {
      return this.#rung === "ws" && this.#isConnected && this.#socket?.send({ type, payload }) === true;
    });
    this.#climb = new Climb(() => this.#startSocket());
    this.#unwatch = watchSocketPolicy(document, () => (this.#socketIsForbidden = true));
    this.#relay.tokenRoute = () => this.#token?.callAccess(Date.now());
    this.#streams.onRead = (channel) => this.#sourced.read(channel);
  }

  /** Whether news arrive at this moment. */
  readonly connection: Readable<boolean> = {
    get: () => this.#isConnected,
    subscribe: (listener) => {
      this.#listeners.add(listener);
      return () => this.#listeners.delete(listener);
    },
  };

  start(): void {
    this.#unlisten = this.#host.onContext(() => this.#observeHost());
    if (this.#token === undefined) {
      this.#startPulling("no live credentials");
      return;
    }
    this.#startSocket();
    this.#headStart = setTimeout(() => this.#keepCompany(), SOCKET_HEAD_START_MS);
    this.#scheduleRenewal();
  }

  /** The ledger position that a slice was minted at; older slices must not overwrite newer props. */
  get ledger(): number {
    return this.#ledger;
  }

  /** The person did something: an answer is likely soon. */
  stir(): void {
    this.#pull.stir();
  }

  /** Gestures wait long for their answers: leave the relay free. */
  hurry(): void {
    this.#pull.hurry();
  }

  /** Credentials of a later slice. */
  adopt(access: LiveAccess): void {
    this.#token?.adopt(access);
  }

  /** Where a fresh slice is had by token. */
  get stateUrl(): string | undefined {
    return this.#token?.stateUrl;
  }

  stop(): void {
    this.#isStopped = true;
    this.#unlisten();
    this.#unwatch();
    clearTimeout(this.#headStart);
    clearTimeout(this.#renewal);
    this.#climb.stop();
    this.#sourced.stop();
    this.#socket?.stop();
    this.#eventStream?.stop();
    this.#poll?.stop();
    this.#pull.stop();
  }

  #startSocket(): void {
    if (this.#isStopped) return;
    this.#socket?.stop();
    this.#socket = this.#makeSocket();
    this.#socket.start();
  }

  #makeSocket(): Socket {
    return new Socket({
      prepare: () => this.#freshToken(false),
      address: () => this.#token?.wsUrl ?? "",
      subscription: () => ({ type: "subscribe", payload: this.#subscription() }),
      received: (frame) => this.#received(frame, "ws"),
      lost: () => {
        this.#observed = "";
        this.#disconnected("ws");
        this.#sourced.lost();
        this.#startPulling("the socket is gone");
        clearTimeout(this.#headStart);
        this.#headStart = setTimeout(() => this.#keepCompany(), SOCKET_HEAD_START_MS);
      },
      gaveUp: (reason) => this.#leaveSocket(reason),
    });
  }

  #makePull(): Pull {
    return new Pull(this.#relay, {
      sessionId: this.#card.sessionId,
      cursors: () => ({ ledger: this.#ledger, stream: this.#streams.cursor }),
      page: (page) => this.#page(page),
      horizonPassed: async (current) => {
        this.#ledger = current;
        await this.#card.remint();
      },
      reachable: (isReachable) => {
        if (isReachable) this.#connected("pull");
        else if (this.#rung === "pull" || this.#isOnLastRung) {
          this.#disconnected("pull");
          this.#card.unreachable("the relay does not answer");
        }
      },
    });
  }

  async #freshToken(isRefused: boolean): Promise<void> {
    if (isRefused || this.#token?.isExpired(Date.now()) === true) await this.#token?.renew();
  }

  #scheduleRenewal(): void {
    const pause = this.#token?.renewIn(Date.now());
    if (pause === undefined) return;
    this.#renewal = setTimeout(() => {
      // A page that nobody looks at renews when it is connected again.
      const renewed = document.visibilityState === "visible" ? this.#token?.renew() : undefined;
      void Promise.resolve(renewed).then(() => this.#scheduleRenewal());
    }, pause);
  }

  #subscription(): JsonObject {
    const { sessionId, appId } = this.#card;
    return { sessionId, appId, wsToken: this.#token?.value, supportedVersions: [PROTOCOL_VERSION], fromSeq: this.#streams.cursor };
  }

  /** Whether everything above the relay was tried, and nothing of it ever worked. */
  get #isOnLastRung(): boolean {
    return this.#rung === "" && (this.#token === undefined || (this.#hasLeftSocket && this.#eventStream === undefined && this.#poll === undefined));
  }

  #startPulling(reason: string): void {
    if (this.#isConnected && this.#rung !== "pull") return;
    this.#telemetry.note("channel.pull", reason);
    this.#pull.resume();
  }

  /** The socket is late: what comes next starts beside it, and whichever is there first counts until the socket is. */
  #keepCompany(): void {
    this.#startEventStream();
    this.#startPulling("the socket is late");
  }

  #leaveSocket(reason: string): void {
    this.#hasLeftSocket = true;
    this.#disconnected("ws");
    this.#telemetry.note("channel.fallback", `ws ${reason}`);
    const next = this.#token?.sseUrl !== undefined ? "sse" : this.#token?.pollingUrl !== undefined ? "polling" : "pull";
    if (!this.#isConnected) this.#lifecycle.observe("channel-transport-fallback", { from: "ws", to: next, reason });
    this.#startEventStream();
    this.#startPulling("the socket cannot be used");
    if (!this.#socketIsForbidden && !this.#isStopped) this.#climb.begin();
  }

  #startEventStream(): void {
    if (this.#isStopped || this.#eventStream !== undefined) return;
    if (this.#token?.sseUrl === undefined) return this.#startPolling();
    this.#eventStream = new EventStream({
      prepare: (isRefused) => this.#freshToken(isRefused),
      address: () => {
        const address = this.#token?.sseUrl;
        return address === undefined ? undefined : `${address}&fromSeq=${this.#streams.cursor}`;
      },
      received: (frame) => this.#received(frame, "sse"),
      lost: () => {
        this.#disconnected("sse");
        this.#startPulling("the event stream is gone");
      },
      gaveUp: (reason) => {
        this.#eventStream = undefined;
        this.#disconnected("sse");
        this.#lifecycle.observe("channel-transport-fallback", { from: "sse", to: "polling", reason });
        this.#startPolling();
        this.#startPulling("no event stream");
      },
    });
    void this.#eventStream.start();
  }

  #startPolling(): void {
    if (this.#isStopped || this.#poll !== undefined || this.#token?.pollingUrl === undefined) return;
    this.#poll = new Poll({
      prepare: (isRefused) => this.#freshToken(isRefused),
      address: () => {
        const address = this.#token?.pollingUrl;
        const cursors = `sinceSequence=${this.#ledger}&limit=100&fromSeq=${this.#streams.cursor}`;
        return address === undefined ? undefined : `${address}&${cursors}`;
      },
      page: (page) => {
        this.#connected("polling");
        this.#page(page);
      },
      horizonPassed: async (current) => {
        this.#ledger = count(current) ?? 0;
        await this.#card.remint();
      },
      gaveUp: (reason) => {
        this.#poll = undefined;
        this.#disconnected("polling");
        this.#lifecycle.observe("channel-transport-fallback", { from: "polling", to: "pull", reason });
        this.#startPulling("polls fail");
      },
    });
    this.#poll.start();
  }

  /** A rung carries the news: those below it stop, a better one stays the one that is named. */
  #connected(rung: Rung): void {
    if (this.#isConnected && rank(this.#rung) < rank(rung)) return;
    if (this.#rung !== rung) {
      const isReturn = this.#rung !== "" && rank(rung) < rank(this.#rung);
      this.#lifecycle.observe(isReturn ? "channel-transport-resubscribed" : "channel-transport-picked", { transport: rung });
    }
    this.#rung = rung;
    this.#setConnected(true);
    clearTimeout(this.#headStart);
    if (rung !== "pull") this.#pull.pause();
    if (rung === "ws" || rung === "sse") {
      this.#poll?.stop();
      this.#poll = undefined;
    }
    if (rung !== "ws") return;
    this.#eventStream?.stop();
    this.#eventStream = undefined;
    this.#climb.arrived();
    this.#sourced.connected();
  }

  #disconnected(rung: Rung): void {
    if (this.#rung === rung || this.#rung === "") this.#setConnected(false);
  }

  #setConnected(isConnected: boolean): void {
    if (isConnected === this.#isConnected) return;
    this.#isConnected = isConnected;
    for (const listener of [...this.#listeners]) listener();
  }

  #received(frame: Frame, rung: "ws" | "sse"): void {
    const { type, payload } = frame;
    switch (type) {
      case "ack":
        return this.#acknowledged(payload, rung);
      case "props_update":
        return this.#updated(parsePropsUpdate(payload));
      case "data":
        return this.#emitted(payload);
      case "drain_ack":
        return this.#drained(payload);
      case "render_event":
        return this.#ledgerEvent(payload);
      case "render":
        return isObject(payload["session"]) ? this.#card.acknowledged(payload["session"]) : undefined;
      case "channel_payload":
        return this.#isOurs(text(payload["sessionId"])) ? this.#sourced.pushed(payload) : undefined;
      case "channel_error":
        return this.#sourced.refused(payload);
      case "error":
        return void this.#refused(payload);
    }
  }

  #acknowledged(payload: JsonObject, rung: "ws" | "sse"): void {
    const version = payload["serverVersion"];
    if (typeof version === "string" && version !== PROTOCOL_VERSION) {
      this.stop();
      this.#card.upgradeRequired(version);
      return;
    }
    if (!isObject(payload["session"])) return;
    this.#refusals = 0;
    this.#token?.acknowledged(text(payload["sessionToken"]));
    const streamSeq = count(payload["streamSeq"]);
    if (streamSeq !== undefined) this.#streams.reconcile(streamSeq);
    this.#advance(count(payload["sequence"]));
    this.#connected(rung);
    this.#telemetry.note("subscribe.resolved", rung);
    this.#card.acknowledged(payload["session"]);
    this.#observeHost();
  }

  async #refused(payload: JsonObject): Promise<void> {
    const code = text(payload["code"]) ?? "UNKNOWN";
    const message = text(payload["message"]) ?? code;
    this.#telemetry.note("channel.error", `${code}: ${message}`);
    if (code === "UPGRADE_REQUIRED") {
      const details = isObject(payload["details"]) ? payload["details"] : {};
      this.stop();
      this.#card.upgradeRequired(text(details["serverVersion"]) ?? "unknown");
      return;
    }
    if (code === "REPLAY_HORIZON_PASSED") return void (await this.#card.remint());
    if (!CURABLE.has(code) && this.#isConnected) return;
    this.#refusals += 1;
    const isCured = CURABLE.has(code) && this.#refusals < MAX_REFUSALS && (await this.#token?.renew()) === true;
    if (isCured) return this.#socket?.reconnect();
    this.#lifecycle.observe("subscribe-failed", { code, message });
    this.#socket?.stop();
    // What is wrong with the session is wrong on every attempt.
    this.#socketIsForbidden ||= !CURABLE.has(code);
    this.#leaveSocket(code);
    this.#card.unreachable(`${code}: ${message}`);
  }

  #page(page: JsonObject): void {
    for (const row of Array.isArray(page["events"]) ? (page["events"] as unknown[]) : []) this.#ledgerEvent(row);
    if (page["hasMore"] !== true) this.#advance(count(page["lastSequence"]));
    const streamSeq = count(page["streamSeq"]);
    if (streamSeq !== undefined && streamSeq < this.#streams.cursor) this.#streams.reconcile(streamSeq);
    for (const row of Array.isArray(page["emissions"]) ? (page["emissions"] as unknown[]) : []) this.#emitted(row);
  }

  #ledgerEvent(row: unknown): void {
    const event = parseLedgerEvent(row);
    if (event === undefined || event.seq <= this.#ledger) return;
    this.#advance(event.seq);
    if (event.type === "ui.updated") this.#updated(parsePropsUpdate(event.data, event.seq));
  }

  #advance(sequence: number | undefined): void {
    if (sequence !== undefined) this.#ledger = Math.max(this.#ledger, sequence);
  }

  #updated(update: PropsUpdate | undefined): void {
    if (update === undefined || !this.#isOurs(update.sessionId)) return;
    this.#card.updated(update);
  }

  #emitted(row: unknown): void {
    if (!isObject(row) || !this.#isOurs(text(row["sessionId"]))) return;
    const emission = parseEmission(row);
    if (emission !== undefined) this.#streams.deliver(emission);
  }

  #drained(payload: JsonObject): void {
    const actionId = text(payload["eventId"]);
    if (actionId !== undefined && this.#isOurs(text(payload["sessionId"]))) this.#card.drained(actionId);
  }

  /** A view belongs to one session for its whole life. */
  #isOurs(sessionId: string | undefined): boolean {
    if (sessionId === undefined || sessionId === this.#card.sessionId) return true;
    console.warn(`[ggui] a frame for another session was ignored: ${sessionId}`);
    return false;
  }

  /** What the server may know of the host, told when it changes. */
  #observeHost(): void {
    const { context } = this.#host;
    const hostContext = {
      currentDisplayMode: context["displayMode"],
      availableDisplayModes: context["availableDisplayModes"],
      containerDimensions: context["containerDimensions"],
      platform: context["platform"],
      deviceCapabilities: context["deviceCapabilities"],
      locale: context["locale"],
      timeZone: context["timeZone"],
    };
    const said = JSON.stringify(hostContext);
    if (said === this.#observed || said === "{}") return;
    const frame = { type: "host_context_observed", payload: { sessionId: this.#card.sessionId, hostContext } };
    if (this.#socket?.send(frame) === true) this.#observed = said;
  }
}
