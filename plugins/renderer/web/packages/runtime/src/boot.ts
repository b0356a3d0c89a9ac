import { Appearance } from "./appearance.ts";
import { HostBridge } from "./bridge.ts";
import { CardSession, type Page } from "./card_session.ts";
import { discover, examine } from "./discovery.ts";
import { element } from "./dom.ts";
import type { Failure } from "./failure_card.tsx";
import { Host } from "./host.ts";
import { isObject, messageOf, text } from "./json.ts";
import { documentRunner, Ladder } from "./ladder.ts";
import { Lifecycle, type BootFailure } from "./lifecycle.ts";
import { namespaces, partNamespaces, publishGlobals } from "./namespaces.ts";
import { Notices } from "./notices.ts";
import { Outward } from "./outward.ts";
import { Parts } from "./parts.ts";
import { Relay } from "./relay.ts";
import { Sizing } from "./sizing.ts";
import { readSlice, SLICE_KEY, type Slice } from "./slice.ts";
import { Stage } from "./stage.tsx";

/** How long a view waits for the host to deliver something. */
const TOOL_RESULT_TIMEOUT_MS = 30_000;
const TEARDOWN_TIMEOUT_MS = 1_000;

interface Globals {
  readonly __GGUI_META__?: unknown;
  readonly __GGUI_PENDING_TOOL_RESULTS__?: unknown;
}

/** Bring a document to life. */
export function boot(view: Window): void {
  new Boot(view).start();
}

/**
 * From a bare document to a mounted session (spec 05 section 3).
 *
 * Nothing waits for the host where it need not: a slice that lies in the document is mounted at once, and the host is
 * greeted meanwhile. A host that never answers, delivers late or twice still ends with one mounted card.
 */
class Boot {
  readonly #view: Window & Globals;
  readonly #bridge: HostBridge;
  readonly #page: Page;
  readonly #sizing: Sizing;
  /** A self-contained document belongs to one session; a shell shows whichever the host delivers. */
  readonly #isShell: boolean;
  #session: CardSession | undefined;
  #waitingStage: Stage | undefined;
  #patience: ReturnType<typeof setTimeout> | undefined;
  #isReading = false;

  constructor(view: Window) {
    this.#view = view as Window & Globals;
    const { document } = view;
    this.#bridge = new HostBridge(view);
    const host = new Host(this.#bridge);
    const notices = new Notices(document);
    const relay = new Relay(host);
    const runner = documentRunner(document, partNamespaces);
    this.#page = {
      mount: mountNode(document),
      host,
      relay,
      lifecycle: new Lifecycle(this.#bridge),
      notices,
      appearance: new Appearance(document, host),
      outward: new Outward(view, host, notices),
      ladder: new Ladder(namespaces, runner),
      parts: new Parts(document, new Ladder(partNamespaces, runner), relay),
    };
    this.#sizing = new Sizing(view, host);
    this.#isShell = document.querySelector("[data-ggui-shell]") !== null;
  }

  start(): void {
    const { lifecycle, host, outward } = this.#page;
    publishGlobals({});
    lifecycle.rendererReady();
    lifecycle.state("mounting");
    // Before the host is greeted: what it sends right after its answer must not be missed.
    this.#bridge.onNotification("ui/notifications/tool-result", (params) => this.#delivered(params));
    this.#bridge.onRequest("ui/resource-teardown", () => this.#teardown());
    outward.start();
    this.#sizing.start();
    const { document } = this.#view;
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.#session?.flush();
    });
    this.#view.addEventListener("pagehide", () => this.#session?.flush());
    host.introduce();
    this.#discover();
  }

  #discover(): void {
    const pending = this.#view.__GGUI_PENDING_TOOL_RESULTS__;
    const inlined = this.#view.__GGUI_META__;
    const finding = discover({ inlined, pending: Array.isArray(pending) ? (pending as unknown[]) : [], now: Date.now() });
    if (finding.found === "slice") return this.#begin(finding.slice, undefined);
    if (finding.found === "locator") return void this.#read(finding.uri, finding.instead);
    const ownUri = finding.reason === "EXPIRED_BOOTSTRAP" ? uriOfInlined(inlined) : undefined;
    if (ownUri !== undefined) return void this.#read(ownUri, undefined);
    if (finding.reason !== undefined) return this.#nothing(finding.reason, finding.detail);
    this.#wait();
  }

  #wait(): void {
    this.#waitingStage ??= new Stage(this.#page.mount);
    this.#waitingStage.show({ shows: "nothing" });
    if (!this.#bridge.hasHost) return this.#nothing("MISSING_META_GGUI_BOOTSTRAP", "The page carries no content, and no host is around it.");
    clearTimeout(this.#patience);
    const give = (): void => this.#nothing("MISSING_META_GGUI_BOOTSTRAP", "The host delivered no content within 30 seconds.");
    this.#patience = setTimeout(give, TOOL_RESULT_TIMEOUT_MS);
  }

  #delivered(result: unknown): void {
    const found = examine(result, Date.now());
    switch (found.outcome) {
      case "slice":
        return this.#accept(found.slice, locatorBeside(result));
      case "locator":
        if (this.#session === undefined && !this.#isReading) void this.#read(found.uri, undefined);
        return;
      default:
        if (this.#session !== undefined || this.#isReading) return;
        if (found.outcome === "malformed") this.#nothing("MALFORMED_BOOTSTRAP", found.reason);
        else if (found.outcome === "expired") this.#nothing("EXPIRED_BOOTSTRAP", "The credentials in the tool result are past their time.");
        else if (isObject(result) && result["isError"] === true) this.#nothing("MISSING_TOOL_OUTPUT", wordsOf(result));
    }
  }

  #accept(slice: Slice, uri: string | undefined): void {
    const present = this.#session;
    if (present === undefined) return this.#begin(slice, uri);
    if (present.sessionId === slice.sessionId) return present.deliver(slice);
    if (!this.#isShell) return console.warn(`[ggui] a result of another session was ignored: ${slice.sessionId}`);
    this.#session = undefined;
    void present.close().then(() => this.#begin(slice, uri));
  }

  /** The way through the session's own document. */
  async #read(uri: string, instead: Slice | undefined): Promise<void> {
    this.#wait();
    this.#isReading = true;
    try {
      const reading = readSlice(await this.#page.relay.readEnvelope(uri), Date.now());
      if (this.#session !== undefined) return;
      if (reading.outcome === "slice") return this.#begin(reading.slice, uri);
      if (instead !== undefined) return this.#begin(instead, uri);
      this.#nothing("MISSING_META_GGUI_BOOTSTRAP", "The document of this card carries no content.");
    } catch (error) {
      if (this.#session !== undefined) return;
      if (instead !== undefined) this.#begin(instead, uri);
      else this.#nothing("MISSING_META_GGUI_BOOTSTRAP", messageOf(error));
    } finally {
      this.#isReading = false;
    }
  }

  #begin(slice: Slice, uri: string | undefined): void {
    clearTimeout(this.#patience);
    this.#waitingStage?.close();
    this.#waitingStage = undefined;
    this.#session = new CardSession(this.#page, slice, uri);
    this.#session.start();
  }

  /** There is nothing to show yet. A result that comes later still begins a session. */
  #nothing(reason: BootFailure, detail: string): void {
    clearTimeout(this.#patience);
    this.#waitingStage ??= new Stage(this.#page.mount);
    const kind: Failure["kind"] = reason === "EXPIRED_BOOTSTRAP" ? "expired" : "boot";
    this.#waitingStage.show({ shows: "failure", failure: { kind, code: reason, detail }, retry: () => this.#discover() });
    this.#page.lifecycle.state("error", undefined, { code: reason, message: detail });
    this.#page.lifecycle.bootstrapFailed(reason, detail);
  }

  async #teardown(): Promise<Record<string, never>> {
    clearTimeout(this.#patience);
    this.#sizing.stop();
    const limit = new Promise((resolve) => setTimeout(resolve, TEARDOWN_TIMEOUT_MS));
    await Promise.race([this.#session?.close(), limit]);
    this.#page.lifecycle.state("disconnected", this.#session?.sessionId);
    // After the answer has been posted.
    setTimeout(() => this.#bridge.close(), 0);
    return {};
  }
}

/** Where the session is drawn. A `div`: a list would be shifted by its padding. */
function mountNode(document: Document): HTMLElement {
  const present = document.querySelector<HTMLElement>("[data-ggui-session-root]");
  if (present !== null) return present;
  const made = element(document, "div", { "data-ggui-session-root": "" });
  document.body.append(made);
  return made;
}

function uriOfInlined(meta: unknown): string | undefined {
  const slice = isObject(meta) ? meta[SLICE_KEY] : undefined;
  const sessionId = isObject(slice) ? text(slice["sessionId"]) : undefined;
  return sessionId === undefined ? undefined : `ui://ggui/render/${sessionId}`;
}

/** The URI that a result names beside its slice: it may know the way to make an evicted card again. */
function locatorBeside(result: unknown): string | undefined {
  const structured = isObject(result) ? result["structuredContent"] : undefined;
  const uri = isObject(structured) ? text(structured["resourceUri"]) : undefined;
  return uri?.startsWith("ui://ggui/render/") === true ? uri : undefined;
}

function wordsOf(result: Readonly<Record<string, unknown>>): string {
  const first = Array.isArray(result["content"]) ? (result["content"] as unknown[])[0] : undefined;
  return (isObject(first) ? text(first["text"]) : undefined) ?? "The tool failed.";
}
