/** Finding the slice: in a tool result, or in the document that a resource read returned (spec 05 section 3.1). */

export type Json = Record<string, unknown>;

/** All of `_meta`; the runtime takes its slice from it. */
export type Envelope = Json;

const SLICE = "ai.ggui/render";
const RESOURCES = "ui://ggui/render/";
const META_START = "globalThis.__GGUI_META__ = ";
const RUNTIME_START = '<script type="module" data-ggui-runtime="inline">';
const SCRIPT_END = "</script>";

export function record(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function runtimeUrl(envelope: Envelope): string {
  return text(record(envelope[SLICE])["runtimeUrl"]);
}

/** `_meta` of a tool result, if there is a slice in it. */
export function envelopeOf(result: Json): Envelope | null {
  const meta = record(result["_meta"]);
  return runtimeUrl(meta) === "" ? null : meta;
}

/** Where the document of a tool result can be read. */
export function locatorOf(result: Json): string | null {
  const meta = record(result["_meta"]);
  const found = [
    record(result["structuredContent"])["resourceUri"],
    record(meta["ui"])["resourceUri"],
    meta["ui/resourceUri"],
  ].find((uri) => text(uri).startsWith(RESOURCES));
  return found === undefined ? null : text(found);
}

/** Where the document of a slice can be read, for a host that delivered the slice alone. */
export function locatorIn(envelope: Envelope): string | null {
  const id = text(record(envelope[SLICE])["sessionId"]);
  return id === "" ? null : RESOURCES + id;
}

/** The envelope that a self-contained document carries. */
export function envelopeFrom(document: string): Envelope | null {
  try {
    const envelope = record(JSON.parse(between(document, META_START, `;${SCRIPT_END}`)));
    return runtimeUrl(envelope) === "" ? null : envelope;
  } catch {
    return null;
  }
}

/** The runtime that a self-contained document carries, or the empty string. */
export function runtimeFrom(document: string): string {
  return between(document, RUNTIME_START, SCRIPT_END);
}

function between(whole: string, before: string, after: string): string {
  const start = whole.indexOf(before);
  if (start < 0) return "";
  const end = whole.indexOf(after, start + before.length);
  return end < 0 ? "" : whole.slice(start + before.length, end);
}
