import { bring, partsFrom, type PartName } from "@ggui-ai/design/on_demand.tsx";

import { parseJson } from "./json.ts";
import type { Ladder } from "./ladder.ts";
import { scanModule } from "./module_scan.ts";
import { partsOf } from "./namespaces.ts";
import type { Relay } from "./relay.ts";
import { sha256 } from "./sha256.ts";

/** The SHA-256 of each part, put in by the build: a runtime runs the parts that were built with it and no others. */
declare const GGUI_PARTS: Readonly<Record<PartName, string>>;

/** How long a component waits for the parts it uses; what is late comes in where its place is held. */
const PATIENCE_MS = 3_000;
const FETCH_TIMEOUT_MS = 5_000;

type Exports = Readonly<Record<string, unknown>>;

/**
 * Brings the parts of the catalog that the runtime does not hold.
 *
 * A part is a module like a component, and runs on the same ladder. Its text lies in the document, or comes from beside
 * the runtime, or, where the host lets nothing through, out of the session's own document, which the host reads.
 */
export class Parts {
  readonly #document: Document;
  readonly #ladder: Ladder;
  readonly #relay: Relay;
  #runtimeUrl = "";
  #uri = "";

  constructor(document: Document, ladder: Ladder, relay: Relay) {
    this.#document = document;
    this.#ladder = ladder;
    this.#relay = relay;
    partsFrom((name) => this.#load(name));
  }

  /** Say where they are: beside the runtime, and in the document of the session. */
  from(runtimeUrl: string, uri: string): void {
    this.#runtimeUrl = runtimeUrl;
    this.#uri = uri;
  }

  /** Have the parts here that a component imports from; never rejects, and does not wait for ever. */
  async ready(code: string): Promise<void> {
    const wanted = partsOf(importedNames(code));
    if (wanted.size === 0) return;
    const limit = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
    await Promise.race([Promise.all([...wanted].map(bring)), limit]);
  }

  async #load(name: PartName): Promise<Exports> {
    const ways = [() => inlined(this.#document, name), () => this.#fetched(name), () => this.#read(name)];
    for (const way of ways) {
      const text = await Promise.resolve(way()).catch(() => undefined);
      if (text !== undefined && (await sha256(text)) === GGUI_PARTS[name]) return this.#ladder.evaluate(text);
    }
    throw new Error("Neither the document nor the server has it.");
  }

  async #fetched(name: PartName): Promise<string | undefined> {
    const url = new URL(`catalog-${name}.${GGUI_PARTS[name].slice(0, 12)}.js`, this.#runtimeUrl);
    const response = await fetch(url, { credentials: "omit", referrerPolicy: "no-referrer", signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
    return response.ok ? response.text() : undefined;
  }

  async #read(name: PartName): Promise<string | undefined> {
    for (const html of await this.#relay.readDocuments(this.#uri)) {
      const text = inlined(new DOMParser().parseFromString(html, "text/html"), name);
      if (text !== undefined) return text;
    }
    return undefined;
  }
}

/** The text of a part that a document carries. */
function inlined(document: Document, name: PartName): string | undefined {
  const written = document.querySelector(`script[data-ggui-part="${name}"]`)?.textContent;
  const text = written === undefined || written === null ? undefined : parseJson(written);
  return typeof text === "string" ? text : undefined;
}

/** The names that a component takes from the catalog; none when it cannot be read, which is told where it is linked. */
function importedNames(code: string): string[] {
  try {
    const imports = scanModule(code).imports.filter(({ specifier }) => specifier.startsWith("@ggui-ai/design"));
    return imports.flatMap(({ bindings }) => bindings.map(({ imported }) => imported));
  } catch {
    return [];
  }
}
