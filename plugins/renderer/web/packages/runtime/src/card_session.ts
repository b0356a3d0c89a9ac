import type { Outcome, WireConfig } from "@ggui-ai/wire";

import type { Appearance } from "./appearance.ts";
import { CodeFault, componentOfRow, componentSource, type ComponentSource } from "./code.ts";
import { ContextSlots } from "./context_slots.ts";
import type { Failure } from "./failure_card.tsx";
import { Gestures, type Dispatch, type GestureCard } from "./gestures.ts";
import type { Host } from "./host.ts";
import { count, isObject, messageOf, text, type JsonObject } from "./json.ts";
import type { Ladder } from "./ladder.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { LiveChannel, type ChannelCard } from "./live/channel.ts";
import type { PropsUpdate } from "./live/frames.ts";
import { MESSAGES } from "./messages.ts";
import { publishGlobals } from "./namespaces.ts";
import type { Notices } from "./notices.ts";
import type { Outward } from "./outward.ts";
import type { Parts } from "./parts.ts";
import type { Relay } from "./relay.ts";
import { isStatic, readSlice, type LiveAccess, type Slice } from "./slice.ts";
import { Stage } from "./stage.tsx";
import { StreamHub } from "./streams.ts";
import { Telemetry } from "./telemetry.ts";
import { PROTOCOL_VERSION, RUNTIME_VERSION } from "./version.ts";

/** What the document offers to the session it shows. */
export interface Page {
  readonly mount: HTMLElement;
  readonly host: Host;
  readonly relay: Relay;
  readonly lifecycle: Lifecycle;
  readonly notices: Notices;
  readonly appearance: Appearance;
  readonly outward: Outward;
  readonly ladder: Ladder;
  readonly parts: Parts;
}

/** The rung that receipts travel by. */
const RECEIPT_RUNG = "relay";

/** One session in its view: what it shows, what is done in it, and what reaches it. */
export class CardSession implements GestureCard, ChannelCard {
  readonly sessionId: string;
  readonly appId: string;
  readonly #page: Page;
  readonly #stage: Stage;
  readonly #streams = new StreamHub();
  readonly #telemetry: Telemetry;
  readonly #gestures: Gestures;
  readonly #channel: LiveChannel;
  readonly #uri: string;
  #slice: Slice;
  #slots: ContextSlots;
  #config: WireConfig;
  #props: JsonObject;
  #epoch: number;
  /** Grows with each mount: one that was overtaken while its code loaded shows nothing. */
  #mounts = 0;
  /** The latest evaluation: the same code is never run a second time unless it failed. */
  #evaluation: { hash: string; component: Promise<unknown> } | undefined;
  #hasPainted = false;
  #state: "mounting" | "code-ready" | "error" = "mounting";
  #actions: JsonObject = {};

  /** @param uri The document of this session, if a tool result named it; it can then be made again after eviction. */
  constructor(page: Page, slice: Slice, uri: string | undefined) {
    this.#page = page;
    this.#slice = slice;
    this.sessionId = slice.sessionId;
    this.appId = slice.appId;
    this.#uri = uri ?? `ui://ggui/render/${slice.sessionId}`;
    this.#props = slice.props;
    this.#epoch = slice.epoch;
    const { host, relay, lifecycle, notices, mount } = page;
    this.#stage = new Stage(mount);
    this.#telemetry = new Telemetry(relay, this.sessionId);
    this.#gestures = new Gestures(host, relay, this, notices, this.#telemetry, lifecycle);
    this.#slots = new ContextSlots(host, relay, this, slice.contextSlots);
    const surroundings = { host, relay, lifecycle, streams: this.#streams, telemetry: this.#telemetry };
    this.#channel = new LiveChannel(this, slice.live, slice.lastSequence, surroundings);
    this.#config = this.#wire();
  }

  start(): void {
    this.#page.outward.audit = (kind, payload) => this.#gestures.audit(kind, payload);
    this.#page.appearance.adopt(this.#slice);
    publishGlobals(this.#slice.publicEnv);
    this.#page.parts.from(this.#slice.runtimeUrl, this.#uri);
    this.#telemetry.started(RECEIPT_RUNG);
    if (isStatic(this.#slice)) void this.#mount();
    this.#channel.start();
  }

  /** Take what a later tool result, or the document read anew, says of this session. */
  deliver(slice: Slice): void {
    if (slice.live !== undefined) this.#channel.adopt(slice.live);
    if (isSame(slice, this.#slice) || slice.lastSequence < this.#channel.ledger) return;
    const isSameContent = hasSameContent(slice, this.#slice) && this.#stage.scene.shows === "component";
    this.#slice = slice;
    this.#epoch = Math.max(this.#epoch, slice.epoch);
    this.#page.appearance.adopt(slice);
    if (isSameContent) return this.#setProps(slice.props);
    this.#props = slice.props;
    const kept = this.#slots.snapshot();
    void this.#slots.close();
    this.#slots = new ContextSlots(this.#page.host, this.#page.relay, this, slice.contextSlots, kept);
    this.#config = this.#wire();
    if (isStatic(slice)) void this.#mount();
  }

  /** Tell what has not been told; the page may be gone in a moment. */
  flush(): void {
    void this.#slots.flush();
  }

  /** End it: everything is told, nothing stays open. */
  async close(): Promise<void> {
    this.#channel.stop();
    this.#telemetry.close();
    await this.#slots.close();
    this.#stage.close();
  }

  // Asked by gestures

  isSuperseded(): boolean {
    return this.#stage.isFrozen;
  }

  snapshot(): JsonObject {
    return this.#slots.snapshot();
  }

  labelOf(intent: string): string | undefined {
    const action = Object.hasOwn(this.#actions, intent) ? this.#actions[intent] : undefined;
    return isObject(action) ? text(action["label"]) : undefined;
  }

  relayWasSlow(): void {
    this.#channel.hurry();
  }

  sendLive(dispatch: Dispatch): Promise<Outcome> | undefined {
    return this.#channel.send(dispatch);
  }

  // Told by the channel

  acknowledged(session: JsonObject): void {
    if (text(session["id"]) !== this.sessionId) return;
    if (isObject(session["actionSpec"])) this.#actions = session["actionSpec"];
    const code = text(session["componentCode"]);
    if (isObject(session["props"])) {
      this.updated({ sessionId: this.sessionId, props: session["props"], epoch: count(session["epoch"]), sequence: undefined });
    }
    if (code !== undefined && this.#mounts === 0) void this.#mountRow(code);
  }

  updated(update: PropsUpdate): void {
    if (this.#stage.isFrozen || this.#slice.kind !== undefined) return;
    if (update.epoch !== undefined && update.epoch > this.#epoch) this.#freeze();
    else this.#setProps(update.props);
  }

  drained(actionId: string): void {
    this.#gestures.drained(actionId);
  }

  async remint(): Promise<LiveAccess | undefined> {
    const reading = readSlice(await this.#page.relay.readEnvelope(this.#uri), Date.now());
    if (reading.outcome !== "slice" || reading.slice.sessionId !== this.sessionId) return undefined;
    this.deliver(reading.slice);
    return reading.slice.live;
  }

  unreachable(reason: string): void {
    if (this.#mounts > 0) return;
    this.#fail({ kind: "load", code: "WS_HANDSHAKE_FAILED", detail: reason }, () => location.reload());
    this.#page.lifecycle.bootstrapFailed("WS_HANDSHAKE_FAILED", reason);
  }

  upgradeRequired(serverVersion: string): void {
    const detail = `This page speaks ${PROTOCOL_VERSION}, the server ${serverVersion}.`;
    this.#fail({ kind: "upgrade", code: "UPGRADE_REQUIRED", detail });
    this.#page.lifecycle.bootstrapFailed("UPGRADE_REQUIRED", detail);
  }

  // Showing

  async #mount(): Promise<void> {
    const slice = this.#slice;
    const mount = ++this.#mounts;
    if (slice.kind !== undefined) return this.#showSystemCard(slice.kind);
    await this.#load(mount, () => componentSource(slice));
  }

  async #mountRow(code: string): Promise<void> {
    await this.#load(++this.#mounts, () => componentOfRow(code));
  }

  async #load(mount: number, sourceOf: () => Promise<ComponentSource>): Promise<void> {
    try {
      const source = await sourceOf();
      const component = await this.#evaluate(source);
      if (mount === this.#mounts) this.#showComponent(source.hash, component);
    } catch (error) {
      if (mount === this.#mounts) this.#loadFailed(error);
    }
  }

  #evaluate({ text: code, hash }: ComponentSource): Promise<unknown> {
    if (this.#evaluation?.hash === hash) return this.#evaluation.component;
    const component = this.#page.parts.ready(code).then(() => this.#page.ladder.load(code));
    const evaluation = { hash, component };
    this.#evaluation = evaluation;
    component.catch(() => {
      if (this.#evaluation === evaluation) this.#evaluation = undefined;
    });
    return component;
  }

  #showComponent(code: string, component: unknown): void {
    this.#slots.start();
    const slots = this.#slice.contextSlots.flatMap(({ name, contextName }) => {
      const slot = this.#slots.slots.get(name);
      return slot === undefined ? [] : [{ contextName, slot }];
    });
    this.#stage.show({
      shows: "component",
      component,
      code,
      props: this.#props,
      config: this.#config,
      slots,
      onPainted: this.#painted,
      onFailed: (error) => this.#failed("COMPONENT_RENDER_FAILED", error.message),
    });
  }

  #showSystemCard(kind: string): void {
    const { host, outward } = this.#page;
    const surroundings = { openLink: (url: string) => outward.open(url), facts: () => this.#facts(host) };
    this.#stage.show({ shows: "system", kind, content: this.#props, surroundings, onPainted: this.#painted });
  }

  #facts(host: Host): { name: string; value: string }[] {
    const { context, relaysTools, takesMessages } = host;
    const words = (value: unknown): string => (value === undefined ? "–" : typeof value === "string" ? value : JSON.stringify(value));
    return [
      { name: "Passes tool calls on", value: relaysTools === undefined ? "not said" : relaysTools ? "yes" : "no" },
      { name: "Takes messages", value: takesMessages ? "yes" : "no" },
      ...["theme", "displayMode", "availableDisplayModes", "containerDimensions", "platform", "locale", "timeZone"].map((name) => ({
        name,
        value: words(context[name]),
      })),
      { name: "Updates arrive", value: this.#channel.connection.get() ? "yes" : "no" },
      { name: "Ladder", value: this.#page.ladder.rung },
      { name: "Runtime", value: `${RUNTIME_VERSION}, ${PROTOCOL_VERSION}` },
    ];
  }

  readonly #painted = (): void => {
    if (this.#state === "code-ready") return;
    this.#state = "code-ready";
    this.#hasPainted = true;
    this.#page.lifecycle.state("code-ready", this.sessionId);
    this.#telemetry.painted(RECEIPT_RUNG);
  };

  #loadFailed(error: unknown): void {
    const detail = messageOf(error);
    if (error instanceof CodeFault) {
      this.#fail({ kind: error.kind, code: error.code, detail }, () => void this.#retryFromDocument());
    } else {
      console.error("[ggui] the component could not be evaluated:", error);
      this.#fail({ kind: "code", code: "COMPONENT_EVAL_FAILED", detail }, () => void this.#mount());
    }
  }

  /** What did not arrive, or arrived changed, may be right in the session's document. */
  async #retryFromDocument(): Promise<void> {
    this.#stage.show({ shows: "nothing" });
    const before = this.#mounts;
    await this.remint().catch(() => undefined);
    if (this.#mounts === before) await this.#mount();
  }

  #fail(failure: Failure, retry?: () => void): void {
    this.#mounts += 1;
    this.#stage.show({ shows: "failure", failure, retry });
    this.#failed(failure.code, failure.detail);
  }

  #failed(code: string, message: string): void {
    this.#state = "error";
    this.#page.lifecycle.state("error", this.sessionId, { code, message });
    this.#telemetry.failed(code, message);
  }

  #setProps(props: JsonObject): void {
    if (JSON.stringify(props) === JSON.stringify(this.#props)) return;
    this.#props = props;
    this.#stage.setProps(props);
  }

  #freeze(): void {
    this.#stage.freeze();
    this.#page.notices.announce(MESSAGES.superseded);
    this.#telemetry.note("epoch.frozen");
  }

  #wire(): WireConfig {
    return {
      app: { appId: this.appId, appName: this.appId },
      render: { sessionId: this.sessionId, isConnected: false },
      auth: { isAuthenticated: false },
      dispatch: (name, data) => {
        this.#channel.stir();
        return this.#gestures.dispatch(name, data);
      },
      subscribe: (channel, handler) => this.#streams.subscribe(channel, handler),
      connection: this.#channel.connection,
      slots: this.#slots.slots,
    };
  }

  /** Whether a person has seen the card. */
  get hasPainted(): boolean {
    return this.#hasPainted;
  }
}

/** Whether a slice says nothing that the other did not (spec 05 section 3.2). */
function isSame(one: Slice, other: Slice): boolean {
  return hasSameContent(one, other) && one.propsJson === other.propsJson && (one.live === undefined) === (other.live === undefined);
}

function hasSameContent(one: Slice, other: Slice): boolean {
  if (one.kind !== other.kind) return false;
  if (one.codeHash !== undefined && one.codeHash === other.codeHash) return true;
  return one.codeUrl === other.codeUrl && one.codeB64 === other.codeB64;
}

