import { CodeFault } from "../code.ts";
import { messageOf } from "../json.ts";
import type { Namespaces } from "../linking.ts";
import type { GadgetEntry, Slice } from "../slice.ts";
import { BUILT_IN_PACKAGE, loadBuiltIn, wantsBuiltIn } from "./built_in.ts";
import { guarded, missing, type Report } from "./exports.tsx";
import { importBundle, loadStyle, type Linker } from "./preloading.ts";

type Exports = Readonly<Record<string, unknown>>;

/** A package with the address and hash that it was asked for with. */
interface Package {
  readonly asked: string;
  readonly settled: Promise<void>;
}

/**
 * The gadgets of this document (spec 05 section 12.1).
 *
 * Packages load at once and beside one another, and each only once: the first that loads under a name keeps it, and the
 * built-in one cannot be replaced. One that cannot be reached costs its own place in the card; one whose bytes are not
 * the announced ones costs the card, because nobody knows what it would do.
 */
export class Gadgets {
  readonly #document: Document;
  readonly #namespaces: Map<string, Exports>;
  readonly #shared: Record<string, Exports>;
  readonly #link: Linker;
  readonly #packages = new Map<string, Package>();
  readonly #here = new Set<string>();
  readonly #attempts = new Map<string, number>();
  /** Told of gadgets that fail; the session of the document listens. */
  report: Report = () => undefined;

  /**
   * @param namespaces What components may import; packages are added to it.
   * @param shared `__ggui__.gadgets`: the same for components of other runtimes.
   */
  constructor(document: Document, namespaces: Namespaces & Map<string, Exports>, shared: Record<string, Exports>, link: Linker) {
    this.#document = document;
    this.#namespaces = namespaces;
    this.#shared = shared;
    this.#link = link;
  }

  /**
   * Load what a card declares, while its code is on the way.
   *
   * @throws CodeFault: a package is not the one that was announced.
   */
  async load(entries: readonly GadgetEntry[]): Promise<void> {
    await Promise.all(entries.filter((entry) => entry.package !== BUILT_IN_PACKAGE).map((entry) => this.#package(entry)));
  }

  /**
   * Load the built-in package if the code of a card wants it.
   *
   * @throws CodeFault: it does not come.
   */
  async loadFor(code: string, slice: Slice): Promise<void> {
    if (!wantsBuiltIn(code)) return;
    try {
      await loadBuiltIn(this.#document, slice.runtimeUrl);
    } catch (error) {
      throw new CodeFault("load", "GADGET_LOAD_FAILED", messageOf(error));
    }
  }

  async #package(entry: GadgetEntry): Promise<void> {
    const asked = `${entry.bundleUrl ?? ""} ${entry.bundleSri ?? ""}`;
    const known = this.#packages.get(entry.package);
    if (known !== undefined && (known.asked === asked || this.#here.has(entry.package))) return known.settled;
    const settled = this.#bring(entry);
    this.#packages.set(entry.package, { asked, settled });
    try {
      await settled;
    } finally {
      // One that is not here is tried again when the card is.
      if (!this.#here.has(entry.package)) this.#packages.delete(entry.package);
    }
  }

  async #bring(entry: GadgetEntry): Promise<void> {
    const attempt = this.#attempts.get(entry.package) ?? 0;
    this.#attempts.set(entry.package, attempt + 1);
    const style = entry.styleUrl === undefined ? undefined : loadStyle(this.#document, entry.styleUrl);
    try {
      const exports = await importBundle(this.#document, entry, attempt, this.#link);
      this.#adopt(entry.package, guarded(entry.package, exports, (code, message) => this.report(code, message)));
      this.#here.add(entry.package);
    } catch (error) {
      if (!(error instanceof CodeFault) || error.kind === "integrity") throw error;
      console.error(`[ggui] ${error.message}`);
      this.#adopt(entry.package, missing(entry.package, error.message));
      this.report(error.code, error.message);
    }
    if ((await style) === "failed") console.warn(`[ggui] the style sheet of '${entry.package}' did not load: ${entry.styleUrl}`);
  }

  #adopt(name: string, exports: Exports): void {
    this.#namespaces.set(name, exports);
    this.#shared[name] = exports;
  }
}
