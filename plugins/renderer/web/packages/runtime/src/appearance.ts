import { stylesheet } from "@ggui-ai/design/stylesheet.ts";

import type { Host } from "./host.ts";
import { text } from "./json.ts";
import type { Slice } from "./slice.ts";
import { luminanceOf, resolveMode, resolveVariables, type Luminance } from "./theme.ts";
import { viewCss } from "./view_css.ts";

/**
 * How the document looks: mode, variables, host fonts, language. Applied at once and again with every change of the
 * host's context or of the person's preference.
 */
export class Appearance {
  readonly #document: Document;
  readonly #host: Host;
  readonly #prefersDark: MediaQueryList;
  readonly #luminance: Luminance;
  #slice: Slice | undefined;
  #hostNames: string[] = [];
  #applied = "";

  constructor(document: Document, host: Host) {
    this.#document = document;
    this.#host = host;
    this.#prefersDark = matchMedia("(prefers-color-scheme: dark)");
    this.#luminance = luminanceMeter(document);
    styleElement(document, "ggui-design").textContent = stylesheet + viewCss;
    host.onContext(() => this.apply());
    this.#prefersDark.addEventListener("change", () => this.apply());
    this.apply();
  }

  /** Take the theme of a slice into account. */
  adopt(slice: Slice): void {
    this.#slice = slice;
    this.apply();
  }

  apply(): void {
    const sources = {
      sliceMode: this.#slice?.themeMode,
      theme: this.#slice?.theme,
      hostMode: this.#host.theme,
      hostVariables: this.#host.variables,
      prefersDark: this.#prefersDark.matches,
    };
    const html = this.#document.documentElement;
    const mode = resolveMode(sources);
    html.dataset["theme"] = mode;
    // Before the palette is measured: hosts write `light-dark(…)`.
    html.style.colorScheme = mode;
    this.#surroundings(html);
    const variables = Object.entries(resolveVariables(sources, this.#luminance)).map(([name, value]) => `${name}:${value}`);
    const css = `:root{color-scheme:${mode};${variables.join(";")}}`;
    if (css === this.#applied) return;
    this.#applied = css;
    styleElement(this.#document, "ggui-theme-vars").textContent = css;
  }

  /** What the host says of itself, as it says it: its variables, fonts, display mode and language. */
  #surroundings(html: HTMLElement): void {
    const { variables, fonts, context } = this.#host;
    const names = Object.keys(variables).filter((name) => name.startsWith("--"));
    for (const name of this.#hostNames) if (!names.includes(name)) html.style.removeProperty(name);
    for (const name of names) html.style.setProperty(name, variables[name] ?? "");
    this.#hostNames = names;
    if (fonts !== undefined) styleElement(this.#document, "__mcp-host-fonts").textContent = fonts;
    html.dataset["displayMode"] = text(context["displayMode"]) ?? "inline";
    const locale = text(context["locale"]);
    if (locale !== undefined && /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/.test(locale)) {
      html.lang = locale;
      html.dir = /^(ar|dv|fa|he|ku|ps|sd|ug|ur|yi)\b/.test(locale.toLowerCase()) ? "rtl" : "ltr";
    }
  }
}

function styleElement(document: Document, id: string): HTMLStyleElement {
  const present = document.getElementById(id);
  if (present instanceof HTMLStyleElement) return present;
  const style = document.createElement("style");
  style.id = id;
  document.head.append(style);
  return style;
}

/** Measures colours of any syntax: the browser resolves them, a canvas turns them into bytes. */
function luminanceMeter(document: Document): Luminance {
  const known = new Map<string, number | undefined>();
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  return (color) => {
    if (pen === null) return undefined;
    const key = `${document.documentElement.style.colorScheme} ${color}`;
    if (known.has(key)) return known.get(key);
    const measured = measure(document, pen, color);
    known.set(key, measured);
    return measured;
  };
}

function measure(document: Document, pen: CanvasRenderingContext2D, color: string): number | undefined {
  if (!CSS.supports("color", color)) return undefined;
  const probe = document.createElement("span");
  probe.style.color = color;
  document.documentElement.append(probe);
  const computed = getComputedStyle(probe).color;
  probe.remove();
  pen.clearRect(0, 0, 1, 1);
  pen.fillStyle = computed;
  pen.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data;
  // What shines through a translucent colour is not known here.
  if (alpha !== 255 || red === undefined || green === undefined || blue === undefined) return undefined;
  return luminanceOf(red, green, blue);
}
