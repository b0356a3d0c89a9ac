import { componentOf, link, LINK_GLOBAL, type LinkedModule, type Namespaces } from "./linking.ts";

/** The ways to run a component, in the order they are tried (spec 05 section 4.3). */
export type Rung = "blob" | "inline";

/** How running a module went. */
export type Attempt =
  | { readonly ran: true; readonly exports: Readonly<Record<string, unknown>> }
  | { readonly ran: false; readonly error: unknown };

/** How modules are run in a document; tests have their own. */
export interface Runner {
  blob(module: string): Promise<Attempt>;
  inline(body: string): Attempt;
}

const PROBE: LinkedModule = { module: "export default {}", body: "return {}" };

/**
 * Runs components under whatever content-security policy the host has set.
 *
 * A failed blob import may be the policy's doing or the component's own. A module that is known to be good tells them
 * apart; if that one is refused as well, the document's policy admits no blobs and every later component goes inline.
 */
export class Ladder {
  readonly #namespaces: Namespaces;
  readonly #runner: Runner;
  #blobs: "untried" | "admitted" | "refused" = "untried";

  constructor(namespaces: Namespaces, runner: Runner) {
    this.#namespaces = namespaces;
    this.#runner = runner;
  }

  /** The rung that the next component is tried on. */
  get rung(): Rung {
    return this.#blobs === "refused" ? "inline" : "blob";
  }

  /**
   * Evaluate a component's module, once.
   *
   * @throws whatever the module throws, or a ModuleFault when it cannot be linked or exports no component.
   */
  async load(source: string): Promise<unknown> {
    return componentOf(await this.evaluate(source));
  }

  /** The exports of a module, evaluated once; throws as `load` does. */
  async evaluate(source: string): Promise<Readonly<Record<string, unknown>>> {
    return this.#run(link(source, this.#namespaces));
  }

  async #run(linked: LinkedModule): Promise<Readonly<Record<string, unknown>>> {
    if (this.#blobs !== "refused") {
      const attempt = await this.#runner.blob(linked.module);
      if (attempt.ran) {
        this.#blobs = "admitted";
        return attempt.exports;
      }
      if (this.#blobs === "admitted" || (await this.#runner.blob(PROBE.module)).ran) {
        this.#blobs = "admitted";
        throw attempt.error;
      }
      this.#blobs = "refused";
    }
    const attempt = this.#runner.inline(linked.body);
    if (attempt.ran) return attempt.exports;
    throw attempt.error;
  }
}

/** Runs modules in this document. */
export function documentRunner(document: Document, namespaces: Namespaces): Runner {
  const global = globalThis as Record<string, unknown>;
  global[LINK_GLOBAL] = (specifier: string) => namespaces.get(specifier);
  return { blob: importBlob, inline: (body) => runInline(document, body) };
}

async function importBlob(module: string): Promise<Attempt> {
  const url = URL.createObjectURL(new Blob([module], { type: "text/javascript" }));
  try {
    const imported = (await import(/* @vite-ignore */ url)) as { default: Readonly<Record<string, unknown>> };
    return { ran: true, exports: imported.default };
  } catch (error) {
    return { ran: false, error };
  } finally {
    URL.revokeObjectURL(url);
  }
}

const INLINE_GLOBAL = "__ggui_inline__";

/** Inline scripts run while they are inserted; a policy that forbids them says nothing, it just does not run them. */
function runInline(document: Document, body: string): Attempt {
  const global = globalThis as Record<string, unknown>;
  let attempt: Attempt = { ran: false, error: new Error("The content-security policy of this page forbids to run the component.") };
  global[INLINE_GLOBAL] = (run: () => Readonly<Record<string, unknown>>) => {
    try {
      attempt = { ran: true, exports: run() };
    } catch (error) {
      attempt = { ran: false, error };
    }
  };
  const onError = (event: ErrorEvent): void => {
    attempt = { ran: false, error: event.error ?? new SyntaxError(event.message) };
    event.preventDefault();
  };
  const script = document.createElement("script");
  script.textContent = `globalThis.${INLINE_GLOBAL}(function(){${body}\n})`;
  window.addEventListener("error", onError);
  document.head.append(script);
  script.remove();
  window.removeEventListener("error", onError);
  delete global[INLINE_GLOBAL];
  return attempt;
}
