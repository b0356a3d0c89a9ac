import type { Outcome, Readable } from "@ggui-ai/wire";

import type { Dispatch } from "../gestures.ts";
import type { Host } from "../host.ts";
import { count, isObject, text, type JsonObject } from "../json.ts";
import type { Lifecycle } from "../lifecycle.ts";
import type { Relay } from "../relay.ts";
import type { LiveAccess } from "../slice.ts";
import type { StreamHub } from "../streams.ts";
import type { Telemetry } from "../telemetry.ts";
import { PROTOCOL_VERSION } from "../version.ts";
import { EventStream } from "./event_stream.ts";
import { parseEmission, parseLedgerEvent, parsePropsUpdate, type Frame, type PropsUpdate } from "./frames.ts";
import { LiveToken } from "./live_token.ts";
import { Pull } from "./pull.ts";
import { Socket } from "./socket.ts";

/** A socket that has not brought an answer by then gets company. */
const SOCKET_HEAD_START_MS = 2_000;
const ACTION_TIMEOUT_MS = 15_000;
const MAX_REFUSALS = 2;

/** Refusals of a subscription that a new token may cure. */
const CURABLE = new Set(["BOOTSTRAP_EXPIRED", "BOOTSTRAP_INVALID", "UNAUTHENTICATED"]);

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

interface WaitingAction {
  resolve(outcome: Outcome): void;
  timer: ReturnType<typeof setTimeout>;
}

/**
 * Brings the news of a session to its view, by the best way that works: the socket, else an event stream, else pulls
 * over the host's relay. Pulls also bridge the time in which the socket is not there.
 */
export class LiveChannel {
  readonly #card: ChannelCard;
  readonly #host: Host;
  readonly #relay: Relay;
  readonly #streams: StreamHub;
  readonly #lifecycle: Lifecycle;
  readonly #telemetry: Telemetry;
  readonly #token: LiveToken | undefined;
  readonly #socket: Socket | undefined;
  readonly #pull: Pull;
  #eventStream: EventStream | undefined;
  #ledger: number;
  #rung = "";
  #isConnected = false;
  #refusals = 0;
  #headStart: ReturnType<typeof setTimeout> | undefined;
  #renewal: ReturnType<typeof setTimeout> | undefined;
  #observed = "";
  #unlisten: () => void = () => undefined;
  readonly #listeners = new Set<() => void>();
  readonly #actions = new Map<string, WaitingAction>();

  constructor(
    card: ChannelCard,
    access: LiveAccess | undefined,
    lastSequence: number,
    surroundings: { host: Host; relay: Relay; streams: StreamHub; lifecycle: Lifecycle; telemetry: Telemetry },
  ) {
    this.#card = card;
    this.#host = surroundings.host;
    this.#relay = surroundings.relay;
    this.#streams = surroundings.streams;
    this.#lifecycle = surroundings.lifecycle;
    this.#telemetry = surroundings.telemetry;
    this.#ledger = lastSequence;
    this.#token = access === undefined ? undefined : new LiveToken(this.#relay, access, () => card.remint());
    this.#socket = access === undefined ? undefined : this.#makeSocket();
    this.#pull = this.#makePull();
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
    if (this.#socket === undefined) {
      this.#startPulling("no live credentials");
      return;
    }
    this.#socket.start();
    this.#headStart = setTimeout(() => this.#startPulling("the socket is late"), SOCKET_HEAD_START_MS);
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

  /** Send a gesture over the socket; `undefined` when it is not there. */
  send(dispatch: Dispatch): Promise<Outcome> | undefined {
    const { sessionId } = this.#card;
    const { actionId, intent, data, uiContext } = dispatch;
    const payload = { sessionId, type: "data:submit", payload: { action: intent, data }, actionId, uiContext };
    const frame = { type: "action", payload: { ...payload, schemaVersion: PROTOCOL_VERSION }, requestId: actionId };
    if (!this.#isConnected || this.#socket?.send(frame) !== true) return undefined;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#answer(actionId, lostAction()), ACTION_TIMEOUT_MS);
      this.#actions.set(actionId, { resolve, timer });
    });
  }

  stop(): void {
    this.#unlisten();
    clearTimeout(this.#headStart);
    clearTimeout(this.#renewal);
    this.#socket?.stop();
    this.#eventStream?.stop();
    this.#pull.stop();
    for (const actionId of [...this.#actions.keys()]) this.#answer(actionId, lostAction());
  }

  #makeSocket(): Socket {
    return new Socket({
      prepare: () => this.#freshToken(),
      address: () => this.#token?.wsUrl ?? "",
      subscription: () => ({ type: "subscribe", payload: this.#subscription() }),
      received: (frame) => this.#received(frame, "ws"),
      lost: () => {
        this.#observed = "";
        this.#disconnected();
        this.#startPulling("the socket is gone");
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
        else if (this.#rung === "pull") {
          this.#disconnected();
          this.#card.unreachable("the relay does not answer");
        }
      },
    });
  }

  async #freshToken(): Promise<void> {
    if (this.#token?.isExpired(Date.now()) === true) await this.#token.renew();
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

  #startPulling(reason: string): void {
    this.#telemetry.note("channel.pull", reason);
    this.#pull.resume();
  }

  #leaveSocket(reason: string): void {
    this.#disconnected();
    this.#telemetry.note("channel.fallback", `ws ${reason}`);
    const hasEventStream = this.#token?.sseUrl !== undefined;
    this.#lifecycle.observe("channel-transport-fallback", { from: "ws", to: hasEventStream ? "sse" : "pull", reason });
    if (hasEventStream) this.#startEventStream();
    this.#startPulling("the socket cannot be used");
  }

  #startEventStream(): void {
    this.#eventStream = new EventStream({
      prepare: () => this.#freshToken(),
      address: () => {
        const address = this.#token?.sseUrl;
        return address === undefined ? undefined : `${address}&fromSeq=${this.#streams.cursor}`;
      },
      received: (frame) => this.#received(frame, "sse"),
      lost: () => {
        this.#disconnected();
        this.#pull.resume();
      },
      gaveUp: (reason) => {
        this.#lifecycle.observe("channel-transport-fallback", { from: "sse", to: "pull", reason });
        this.#pull.resume();
      },
    });
    void this.#eventStream.start();
  }

  #connected(rung: string): void {
    // A better rung stays the one that is named.
    if (rung === "pull" && this.#isConnected) return;
    if (this.#rung !== rung) this.#lifecycle.observe("channel-transport-picked", { transport: rung });
    this.#rung = rung;
    this.#setConnected(true);
    if (rung === "pull") return;
    clearTimeout(this.#headStart);
    this.#pull.pause();
  }

  #disconnected(): void {
    this.#setConnected(false);
  }

  #setConnected(isConnected: boolean): void {
    if (isConnected === this.#isConnected) return;
    this.#isConnected = isConnected;
    for (const listener of [...this.#listeners]) listener();
  }

  #received(frame: Frame, rung: "ws" | "sse"): void {
    const { type, payload, requestId } = frame;
    switch (type) {
      case "ack":
        return this.#acknowledged(payload, requestId, rung);
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
      case "error":
        return void this.#refused(payload, requestId);
    }
  }

  #acknowledged(payload: JsonObject, requestId: string | undefined, rung: "ws" | "sse"): void {
    if (requestId !== undefined && this.#actions.has(requestId)) {
      this.#answer(requestId, { ok: true, heard: payload["consumerPresent"] === true });
      return;
    }
    const version = payload["serverVersion"];
    if (typeof version === "string" && version !== PROTOCOL_VERSION) {
      this.stop();
      this.#card.upgradeRequired(version);
      return;
    }
    if (!isObject(payload["session"])) return;
    this.#refusals = 0;
    const streamSeq = count(payload["streamSeq"]);
    if (streamSeq !== undefined) this.#streams.reconcile(streamSeq);
    this.#advance(count(payload["sequence"]));
    this.#connected(rung);
    this.#telemetry.note("subscribe.resolved", rung);
    this.#card.acknowledged(payload["session"]);
    this.#observeHost();
  }

  async #refused(payload: JsonObject, requestId: string | undefined): Promise<void> {
    const code = text(payload["code"]) ?? "UNKNOWN";
    const message = text(payload["message"]) ?? code;
    if (requestId !== undefined && this.#actions.has(requestId)) return this.#answer(requestId, refusedAction(payload, code, message));
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

  #answer(actionId: string, outcome: Outcome): void {
    const waiting = this.#actions.get(actionId);
    if (waiting === undefined) return;
    this.#actions.delete(actionId);
    clearTimeout(waiting.timer);
    waiting.resolve(outcome);
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

function lostAction(): Outcome {
  return { ok: false, code: "LIVE_FAILED", message: "The server did not answer." };
}

function refusedAction(payload: JsonObject, code: string, message: string): Outcome {
  const details = isObject(payload["details"]) ? payload["details"] : {};
  const rows = Array.isArray(details["violations"]) ? (details["violations"] as unknown[]).filter(isObject) : [];
  const violations = rows.map((row) => ({ field: text(row["field"]) ?? "", message: text(row["message"]) ?? "" }));
  return { ok: false, code, message, ...(code === "CONTRACT_VIOLATION" ? { violations } : {}) };
}
