/** JSON as a person reads it: indented, coloured, and without the megabytes inside of strings. */

import { create } from "./dom";
import type { Json } from "./reactions";

const LONGEST_TEXT = 160;
const TOKENS = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d[\d.eE+-]*|true|false|null)/g;

/** A `<pre>` that shows a value. */
export function jsonView(value: Json): HTMLPreElement {
  const view = create("pre", "json");
  view.append(...jsonNodes(value));
  return view;
}

export function jsonNodes(value: Json): (Node | string)[] {
  const written = JSON.stringify(shortened(value), null, 2);
  const nodes: (Node | string)[] = [];
  let end = 0;
  for (const found of written.matchAll(TOKENS)) {
    const [whole, quoted, colon, literal] = found;
    if (found.index > end) nodes.push(written.slice(end, found.index));
    if (literal !== undefined) nodes.push(create("span", "json-literal", literal));
    else if (colon !== undefined) nodes.push(create("span", "json-name", quoted), colon);
    else nodes.push(create("span", "json-text", quoted));
    end = found.index + whole.length;
  }
  nodes.push(written.slice(end));
  return nodes;
}

/** The value with long texts cut; compiled code and documents are of no use here. */
function shortened(value: Json): Json {
  if (typeof value === "string") return cut(value);
  if (Array.isArray(value)) return value.map(shortened);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shortened(member)]));
}

function cut(text: string): string {
  if (text.length <= LONGEST_TEXT) return text;
  const rest = text.length - LONGEST_TEXT;
  return `${text.slice(0, LONGEST_TEXT)}… (${rest.toLocaleString("en")} more characters)`;
}
