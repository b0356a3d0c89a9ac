import { createElement, useEffect, useSyncExternalStore, type ComponentType, type ReactNode } from "react";

import { classes } from "./scales.ts";
import { WORDS } from "./words.ts";

export const onDemandCss = `
.ggui-part{display:flex;align-items:center;gap:var(--ggui-spacing-3);min-height:3rem;padding:var(--ggui-spacing-3);
border-radius:var(--ggui-shape-radius-lg);color:var(--ggui-color-onSurfaceVariant);
background:color-mix(in srgb,var(--ggui-color-onSurface) 5%,transparent)}
.ggui-part-loading{animation:ggui-pulse 1.6s ease-in-out infinite}
`;

/** The parts of the catalog that are not in the runtime: rarely used components, and pictures. */
export type PartName = "more" | "icons";

type Exports = Readonly<Record<string, unknown>>;

/** How far a part is. */
export type Part =
  | { readonly state: "away" | "loading" | "failed" }
  | { readonly state: "here"; readonly exports: Exports };

const AWAY: Part = { state: "away" };
const parts = new Map<PartName, Part>();
const loads = new Map<PartName, Promise<boolean>>();
const listeners = new Set<() => void>();
let source: (name: PartName) => Promise<Exports> = () => Promise.reject(new Error("This page has no further parts."));

/** Where parts come from; told once, by the runtime. */
export function partsFrom(load: (name: PartName) => Promise<Exports>): void {
  source = load;
}

/** Bring a part here, unless it is; never rejects. True when it is here. */
export function bring(name: PartName): Promise<boolean> {
  let load = loads.get(name);
  if (load === undefined) {
    set(name, { state: "loading" });
    load = source(name).then(
      (exports) => {
        addRules(exports["css"]);
        set(name, { state: "here", exports });
        return true;
      },
      (error: unknown) => {
        console.error(`[ggui] part '${name}' of the catalog could not be loaded:`, error);
        loads.delete(name);
        set(name, { state: "failed" });
        return false;
      },
    );
    loads.set(name, load);
  }
  return load;
}

function set(name: PartName, part: Part): void {
  parts.set(name, part);
  for (const listener of [...listeners]) listener();
}

/** The rules of a part join those of the catalog. */
function addRules(css: unknown): void {
  if (typeof css !== "string") return;
  const element = document.createElement("style");
  element.textContent = css;
  document.head.append(element);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** How far a part is, which starts to load when it is wanted. */
export function usePart(name: PartName, isWanted: boolean): Part {
  const part = useSyncExternalStore(subscribe, () => parts.get(name) ?? AWAY);
  useEffect(() => {
    if (isWanted && part.state === "away") void bring(name);
  }, [name, isWanted, part]);
  return part;
}

/** What a part exports, where it is here. */
export function exported<T>(name: PartName, key: string): T | undefined {
  const part = parts.get(name);
  return part?.state === "here" ? (part.exports[key] as T) : undefined;
}

const keptNames = new Set(["renderRichTextInlines"]);

/** A component of the part `more`: its place is held until the part is here, and it can be asked for again. */
export function later<P extends object>(key: string): (props: P) => ReactNode {
  keptNames.add(key);
  function Later(props: P): ReactNode {
    const part = usePart("more", true);
    if (part.state === "here") return createElement(part.exports[key] as ComponentType<P>, props);
    return <Missing isLoading={part.state !== "failed"} />;
  }
  Later.displayName = key;
  return Later;
}

function Missing({ isLoading }: { isLoading: boolean }): ReactNode {
  return (
    <div className={classes("ggui-part", isLoading && "ggui-part-loading")} role="status" aria-busy={isLoading || undefined}>
      {isLoading ? (
        <span className="ggui-sr">{WORDS.loading}</span>
      ) : (
        <>
          <span>{WORDS.partMissing}</span>
          <button type="button" className="ggui-button ggui-button-secondary ggui-button-sm" onClick={() => void bring("more")}>
            {WORDS.retry}
          </button>
        </>
      )}
    </div>
  );
}

/** The parts of the catalog that code with these imports will want. */
export function partsOf(imported: Iterable<string>): Set<PartName> {
  const parts = new Set<PartName>();
  for (const name of imported) {
    if (name === "Icon") parts.add("icons");
    else if (keptNames.has(name)) parts.add("more");
  }
  return parts;
}
