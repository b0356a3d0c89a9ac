import { parseJson } from "./json.ts";

const MARKER = /globalThis\.__GGUI_META__ = (.*?);<\/script>/s;

/**
 * The envelope `{"ai.ggui/render": …}` inlined in a self-contained shell; `undefined` when there is none.
 *
 * The marker, one space and the terminator are wire (spec 05 section 1.2); within the JSON every `<` is escaped, so the
 * first terminator is the real one.
 */
export function extractEnvelope(html: string): unknown {
  const found = MARKER.exec(html)?.[1];
  return found === undefined ? undefined : parseJson(found);
}
