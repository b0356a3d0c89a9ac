/**
 * The script of the static shell: greets the host, waits for a tool result, and hands over to the runtime
 * (spec 05 section 1.3).
 *
 * The runtime comes from the address that the slice names. Where the host blocks that address, it comes out of the
 * self-contained document of the same session, which the host reads for us: no origin needs to be allowed.
 */

import {
  envelopeFrom,
  envelopeOf,
  locatorIn,
  locatorOf,
  record,
  runtimeFrom,
  runtimeUrl,
  type Envelope,
  type Json,
} from "./envelope.ts";
import { showFailure } from "./failure_card.ts";
import { Host } from "./host.ts";
import { load, run } from "./runtime.ts";

declare global {
  var __GGUI_META__: Envelope | undefined;
}

const INITIALIZE_MS = 3_000;
const LOAD_MS = 5_000;
const READ_MS = 30_000;
const VERSION = "1.0.0";
const PROTOCOL = "2026-01-26";

type Reason = "MALFORMED_BOOTSTRAP" | "BUNDLE_FETCH_FAILED" | "UI_INITIALIZE_FAILED";

const WORDS: Record<Reason, string> = {
  UI_INITIALIZE_FAILED: "The application that shows this card did not answer.",
  MALFORMED_BOOTSTRAP: "The card came without the data that it needs.",
  BUNDLE_FETCH_FAILED: "The program that draws the card could not be loaded.",
};

const root = document.getElementById("ggui-root") ?? document.body;
const host = new Host(notified);
let loading = false;

function notified(method: string, params: Json): void {
  if (method === "ui/notifications/tool-result") void take(params);
}

async function greet(): Promise<void> {
  root.replaceChildren();
  try {
    await host.request(
      "ui/initialize",
      { appCapabilities: {}, appInfo: { name: "ggui-render", version: VERSION }, protocolVersion: PROTOCOL },
      INITIALIZE_MS,
    );
  } catch (reason) {
    fail("UI_INITIALIZE_FAILED", reason, greet);
    return;
  }
  host.notify("ui/notifications/initialized", {});
}

/** A tool result arrived. One that comes while the runtime loads replaces what it will start with. */
async function take(result: Json): Promise<void> {
  const envelope = envelopeOf(result);
  const locator = locatorOf(result);
  if (envelope !== null) globalThis.__GGUI_META__ = envelope;
  if (loading || (envelope === null && locator === null)) return;
  loading = true;
  root.replaceChildren();
  const again = (): Promise<void> => take(result);
  try {
    if (envelope !== null) await start(envelope, locator ?? locatorIn(envelope), again);
    else if (locator !== null) await startFrom(locator, again);
  } finally {
    loading = false;
  }
}

async function start(envelope: Envelope, locator: string | null, again: () => void): Promise<void> {
  try {
    await load(runtimeUrl(envelope), true, LOAD_MS);
    host.close();
  } catch (reason) {
    if (locator === null) fail("BUNDLE_FETCH_FAILED", reason, again);
    else await startInline(locator, reason, again);
  }
}

/** The slice was withheld; the document has it. */
async function startFrom(locator: string, again: () => void): Promise<void> {
  let document: string;
  try {
    document = await read(locator);
  } catch (reason) {
    fail("MALFORMED_BOOTSTRAP", reason, again);
    return;
  }
  const envelope = envelopeFrom(document);
  if (envelope === null) {
    fail("MALFORMED_BOOTSTRAP", "The document of the card has no slice.", again);
    return;
  }
  globalThis.__GGUI_META__ ??= envelope;
  await start(envelope, locator, again);
}

async function startInline(locator: string, blocked: unknown, again: () => void): Promise<void> {
  const code = await read(locator).then(runtimeFrom, () => "");
  if (code === "") {
    fail("BUNDLE_FETCH_FAILED", blocked, again);
    return;
  }
  await run(code, LOAD_MS);
  host.close();
}

/** The text of a resource, read by the host. */
async function read(uri: string): Promise<string> {
  const result = await host.request("resources/read", { uri }, READ_MS);
  const contents = Array.isArray(result["contents"]) ? result["contents"] : [];
  const document = record(contents[0])["text"];
  if (typeof document !== "string") throw new Error("The host returned no document.");
  return document;
}

function fail(reason: Reason, cause: unknown, retry: () => void): void {
  const details = cause instanceof Error ? cause.message : String(cause);
  host.signal({ type: "ggui:bootstrap-failed", reason, message: WORDS[reason] });
  showFailure(root, WORDS[reason], `${reason}: ${details}`, retry);
  const { offsetWidth: width, offsetHeight: height } = root;
  host.notify("ui/notifications/size-changed", { width, height });
}

void greet();
