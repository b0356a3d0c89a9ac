import { CodeFault } from "../code.ts";
import { messageOf } from "../json.ts";
import type { GadgetEntry } from "../slice.ts";

/** How an element that loads something ended. */
type Loading = "loaded" | "failed";

const STYLE_PATIENCE_MS = 5_000;

/** Runs a module whose imports cannot be resolved by the browser itself. */
export type Linker = (source: string) => Promise<Readonly<Record<string, unknown>>>;

/**
 * The exports of a gadget's bundle.
 *
 * The hash is held against the bytes before anything of them runs: a link preloads the module under its `integrity`, and
 * only what came through is imported (spec 05 section 4.5).
 *
 * @param attempt How often it was tried before: browsers remember a module that failed, by its address.
 * @throws CodeFault: `integrity` when the bytes are others than announced, else `load`.
 */
export async function importBundle(document: Document, entry: GadgetEntry, attempt: number, linker: Linker): Promise<Readonly<Record<string, unknown>>> {
  const { bundleUrl, bundleSri } = entry;
  if (bundleUrl === undefined) throw loadFault(entry, "it has no address");
  const url = attempt === 0 ? bundleUrl : `${bundleUrl}#${attempt}`;
  if (bundleSri !== undefined) await preloaded(document, entry, url, bundleSri);
  try {
    return (await import(/* @vite-ignore */ url)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    // A bundle that imports `react` by name needs the import map of the document, which a host may have taken away.
    if (!(error instanceof TypeError)) throw loadFault(entry, messageOf(error));
    const source = await text(bundleUrl, bundleSri);
    if (source === undefined) throw loadFault(entry, messageOf(error));
    return linker(source).catch((again: unknown) => {
      throw loadFault(entry, messageOf(again));
    });
  }
}

async function preloaded(document: Document, entry: GadgetEntry, url: string, integrity: string): Promise<void> {
  if ((await link(document, { rel: "modulepreload", href: url, integrity })) === "loaded") return;
  // The browser does not say whether the bytes were wrong or did not come; without a hash to keep, only one of them can be.
  const separator = url.includes("#") ? "-" : "#";
  const comes = await link(document, { rel: "modulepreload", href: `${url}${separator}probe` });
  if (comes === "failed") throw loadFault(entry, "it cannot be reached");
  throw new CodeFault("integrity", "GADGET_INTEGRITY_FAILED", `The gadget package '${entry.package}' is not the one that the operator pinned: ${url} does not have ${integrity}.`);
}

/** Bring a gadget's style sheet into the document; what it looks like is no reason to withhold the card. */
export async function loadStyle(document: Document, href: string): Promise<Loading> {
  const present = [...document.querySelectorAll<HTMLLinkElement>("link[rel=stylesheet]")];
  if (present.some((element) => element.href === href)) return "loaded";
  const tooLong = new Promise<Loading>((resolve) => setTimeout(() => resolve("failed"), STYLE_PATIENCE_MS));
  return Promise.race([link(document, { rel: "stylesheet", href }), tooLong]);
}

function link(document: Document, attributes: { rel: string; href: string; integrity?: string }): Promise<Loading> {
  return new Promise((resolve) => {
    const element = document.createElement("link");
    element.crossOrigin = "anonymous";
    element.referrerPolicy = "no-referrer";
    if (attributes.integrity !== undefined) element.integrity = attributes.integrity;
    element.rel = attributes.rel;
    element.addEventListener("load", () => resolve("loaded"));
    element.addEventListener("error", () => {
      element.remove();
      resolve("failed");
    });
    element.href = attributes.href;
    document.head.append(element);
  });
}

async function text(url: string, integrity: string | undefined): Promise<string | undefined> {
  try {
    const settings: RequestInit = { credentials: "omit", referrerPolicy: "no-referrer" };
    const response = await fetch(url, integrity === undefined ? settings : { ...settings, integrity });
    return response.ok ? await response.text() : undefined;
  } catch {
    return undefined;
  }
}

function loadFault(entry: GadgetEntry, reason: string): CodeFault {
  return new CodeFault("load", "GADGET_LOAD_FAILED", `The gadget package '${entry.package}' did not load: ${reason}`);
}
