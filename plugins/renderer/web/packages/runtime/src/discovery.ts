import { isObject, type JsonObject } from "./json.ts";
import type { BootFailure } from "./lifecycle.ts";
import { isStatic, readSlice, type Slice, type SliceReading } from "./slice.ts";

/** What the document holds when the runtime starts. */
export interface Surroundings {
  /** `globalThis.__GGUI_META__`. */
  readonly inlined: unknown;
  /** `globalThis.__GGUI_PENDING_TOOL_RESULTS__`: raw tool results, the newest last. */
  readonly pending: readonly unknown[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Where a slice came from, or what is left to try. */
export type Finding =
  | { readonly found: "slice"; readonly slice: Slice; readonly source: "inline" | "tool-result" }
  | { readonly found: "locator"; readonly uri: string; readonly instead: Slice | undefined }
  | { readonly found: "nothing"; readonly reason: BootFailure | undefined; readonly detail: string };

/**
 * Look for the slice in what is there already (spec 05 section 3.1, the first hit wins): an inlined slice that can be
 * mounted as it is, the newest valid tool result, the newest locator, an inlined slice that needs the live channel.
 */
export function discover({ inlined, pending, now }: Surroundings): Finding {
  const reading = readSlice(inlined, now);
  const own = reading.outcome === "slice" ? reading.slice : undefined;
  if (own !== undefined && isStatic(own)) return { found: "slice", slice: own, source: "inline" };
  const newestFirst = [...pending].reverse();
  for (const result of newestFirst) {
    const delivered = readSlice(metaOf(result), now);
    if (delivered.outcome === "slice") return { found: "slice", slice: delivered.slice, source: "tool-result" };
  }
  for (const result of newestFirst) {
    const uri = locatorOf(result);
    if (uri !== undefined) return { found: "locator", uri, instead: own };
  }
  if (own !== undefined) return { found: "slice", slice: own, source: "inline" };
  return { found: "nothing", ...reasonOf(reading) };
}

/** What a tool result that arrives later offers. */
export function examine(result: unknown, now: number): SliceReading | { readonly outcome: "locator"; readonly uri: string } {
  const reading = readSlice(metaOf(result), now);
  if (reading.outcome === "slice") return reading;
  const uri = locatorOf(result);
  return uri === undefined ? reading : { outcome: "locator", uri };
}

/** The `_meta` of a tool result; some hosts hand the result over wrapped. */
function metaOf(result: unknown): unknown {
  return inner(result)["_meta"];
}

const LOCATOR_PREFIX = "ui://ggui/render/";

/** The URI of a session's document that a tool result names. */
function locatorOf(result: unknown): string | undefined {
  const { structuredContent, _meta } = inner(result);
  const ui = isObject(_meta) ? _meta["ui"] : undefined;
  const candidates = [
    isObject(structuredContent) ? structuredContent["resourceUri"] : undefined,
    isObject(ui) ? ui["resourceUri"] : undefined,
    isObject(_meta) ? _meta["ui/resourceUri"] : undefined,
  ];
  return candidates.find((uri): uri is string => typeof uri === "string" && isSessionUri(uri));
}

/** The URI of the static shell, `…/rt-<hash>`, names no session. */
function isSessionUri(uri: string): boolean {
  return uri.startsWith(LOCATOR_PREFIX) && !/^rt-[0-9a-f]*$/.test(uri.slice(LOCATOR_PREFIX.length));
}

function inner(result: unknown): JsonObject {
  if (!isObject(result)) return {};
  const wrapped = result["result"];
  return result["_meta"] === undefined && result["structuredContent"] === undefined && isObject(wrapped) ? wrapped : result;
}

function reasonOf(reading: SliceReading): { reason: BootFailure | undefined; detail: string } {
  switch (reading.outcome) {
    case "malformed":
      return { reason: "MALFORMED_BOOTSTRAP", detail: reading.reason };
    case "expired":
      return { reason: "EXPIRED_BOOTSTRAP", detail: "the live credentials of this document are past their time" };
    default:
      return { reason: undefined, detail: "" };
  }
}
