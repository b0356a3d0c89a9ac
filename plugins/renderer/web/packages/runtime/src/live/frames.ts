import { count, isObject, parseJson, text, type JsonObject } from "../json.ts";
import type { Emission } from "../streams.ts";

/** One frame of the live channel: `{type, payload, requestId?}`. */
export interface Frame {
  readonly type: string;
  readonly payload: JsonObject;
  readonly requestId: string | undefined;
}

/** A frame, or `undefined` for what is none; unknown types are the reader's to ignore. */
export function parseFrame(data: unknown): Frame | undefined {
  const frame = typeof data === "string" ? parseJson(data) : undefined;
  if (!isObject(frame)) return undefined;
  const type = text(frame["type"]);
  if (type === undefined) return undefined;
  const payload = isObject(frame["payload"]) ? frame["payload"] : {};
  return { type, payload, requestId: text(frame["requestId"]) };
}

/** A stream delivery, of a `data` frame or of a pull page. */
export function parseEmission(row: unknown): Emission | undefined {
  if (!isObject(row)) return undefined;
  const channel = text(row["channel"]);
  if (channel === undefined) return undefined;
  return {
    channel,
    mode: row["mode"] === "replace" ? "replace" : "append",
    payload: row["payload"],
    seq: count(row["seq"]),
    ...(row["complete"] === true ? { complete: true } : {}),
  };
}

/** A change of the props: of a `props_update` frame, or of a `ui.updated` entry of the ledger. */
export interface PropsUpdate {
  readonly sessionId: string | undefined;
  readonly props: JsonObject;
  readonly epoch: number | undefined;
  /** Where in the ledger it stands, if it came from there. */
  readonly sequence: number | undefined;
}

/** The change that a payload describes; `sequence` where it is known. */
export function parsePropsUpdate(payload: unknown, sequence?: number): PropsUpdate | undefined {
  if (!isObject(payload) || !isObject(payload["props"])) return undefined;
  return { sessionId: text(payload["sessionId"]), props: payload["props"], epoch: count(payload["epoch"]), sequence };
}

/** One entry of the ledger, as `render_event` frames and pull pages have it. */
export function parseLedgerEvent(row: unknown): { seq: number; type: string; data: unknown } | undefined {
  if (!isObject(row)) return undefined;
  const seq = count(row["seq"]);
  const type = text(row["type"]);
  return seq === undefined || type === undefined ? undefined : { seq, type, data: row["data"] };
}
