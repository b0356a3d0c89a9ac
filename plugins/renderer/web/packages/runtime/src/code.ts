import { decodeBase64 } from "./relay.ts";
import { sha256 } from "./sha256.ts";
import type { Slice } from "./slice.ts";

/** A component's module as text, and the SHA-256 of it. */
export interface ComponentSource {
  readonly text: string;
  readonly hash: string;
}

/** Why there is no component to run. */
export class CodeFault extends Error {
  readonly kind: "load" | "integrity";
  readonly code: string;

  constructor(kind: "load" | "integrity", code: string, message: string) {
    super(message);
    this.kind = kind;
    this.code = code;
  }
}

/**
 * The component of a slice: inlined, else fetched.
 *
 * @throws CodeFault: it does not arrive, or it is not the one that the slice announces.
 */
export async function componentSource(slice: Slice): Promise<ComponentSource> {
  const text = slice.codeB64 === undefined ? await fetched(slice.codeUrl ?? "") : decodeBase64(slice.codeB64);
  if (text === undefined) throw new CodeFault("load", "COMPONENT_UNREADABLE", "The inlined component is no base64.");
  const hash = await sha256(text);
  if (slice.codeHash !== undefined && slice.codeHash.toLowerCase() !== hash) {
    throw new CodeFault("integrity", "COMPONENT_INTEGRITY_FAILED", `Announced was ${slice.codeHash}, received ${hash}.`);
  }
  return { text, hash };
}

/** The component that the live channel carries; it may be an address instead of code. */
export async function componentOfRow(componentCode: string): Promise<ComponentSource> {
  const text = componentCode.startsWith("https://") ? await fetched(componentCode) : componentCode;
  return { text, hash: await sha256(text) };
}

async function fetched(url: string): Promise<string> {
  try {
    const response = await fetch(url, { credentials: "omit", referrerPolicy: "no-referrer" });
    if (response.ok) return await response.text();
    throw new Error(`The server answered with status ${response.status}.`);
  } catch (error) {
    throw new CodeFault("load", "COMPONENT_FETCH_FAILED", error instanceof Error ? error.message : String(error));
  }
}
