import { ggui, type Variables } from "@ggui-ai/design/preset.ts";

import type { AppTheme } from "./slice.ts";

export type Mode = "light" | "dark";

/** Everything that has a say in how a view looks. */
export interface ThemeSources {
  readonly sliceMode: Mode | undefined;
  readonly theme: AppTheme | undefined;
  readonly hostMode: Mode | undefined;
  readonly hostVariables: Variables;
  readonly prefersDark: boolean;
}

/** The relative luminance of a CSS colour, 0 to 1; `undefined` when it cannot be told. */
export type Luminance = (color: string) => number | undefined;

/**
 * Light or dark: the app's word, the host's, the person's (spec 05 section 10.1).
 *
 * A theme that brings a ladder for either mode is at home in both: where the app means one of them, the slice says so.
 */
export function resolveMode(sources: ThemeSources): Mode {
  const theme = sources.theme?.base === undefined ? sources.theme?.mode : undefined;
  return sources.sliceMode ?? theme ?? sources.hostMode ?? (sources.prefersDark ? "dark" : "light");
}

/**
 * The variables of a view, later layers over earlier ones: the preset, the host's palette, the app's own
 * (spec 05 section 10.2).
 *
 * A host palette made for the other mode is left out, and so is every pair of it that would be hard to read.
 */
export function resolveVariables(sources: ThemeSources, luminance: Luminance): Variables {
  const mode = resolveMode(sources);
  const ladder = sources.theme?.base?.[mode] ?? {};
  const ground: Variables = { ...ggui[mode], ...ladder };
  const isOfThisMode = sources.hostMode === undefined || sources.hostMode === mode;
  const palette = isOfThisMode ? legible(mapHostPalette(sources.hostVariables), ground, luminance) : {};
  return { ...ground, ...palette, ...sources.theme?.cssVariables };
}

const HOST_PALETTE: readonly (readonly [host: string, ...ours: string[]])[] = [
  ["--color-background-primary", "surface"],
  ["--color-background-secondary", "surfaceVariant"],
  ["--color-background-tertiary", "container"],
  ["--color-background-danger", "errorContainer"],
  ["--color-text-primary", "onSurface", "onContainer"],
  ["--color-text-secondary", "onSurfaceVariant"],
  ["--color-text-tertiary", "neutral-500"],
  ["--color-text-danger", "error-500", "error-600"],
  ["--color-text-success", "success-500", "success-600"],
  ["--color-text-warning", "warning-500", "warning-600"],
  ["--color-text-info", "info-500", "info-600"],
  ["--color-border-primary", "outline"],
  ["--color-border-secondary", "outlineVariant"],
];

/** The host's variables under our names. Values that could be more than a colour are dropped. */
export function mapHostPalette(host: Variables): Variables {
  const mapped: Record<string, string> = {};
  for (const [theirs, ...ours] of HOST_PALETTE) {
    const value = host[theirs];
    if (value === undefined || !isPlainValue(value)) continue;
    for (const name of ours) mapped[`--ggui-color-${name}`] = value;
  }
  const sans = host["--font-sans"];
  if (sans !== undefined && isPlainFont(sans)) mapped["--ggui-font-family-sans"] = sans;
  return mapped;
}

/** Whether a value can be nothing but a colour or length: it must not end a declaration or load anything. */
export function isPlainValue(value: string): boolean {
  // eslint-disable-next-line no-control-regex
  return value !== "" && value.length <= 256 && !/[;{}<>"'\\`\u0000-\u001f\u007f]|\/\*|url\(/i.test(value);
}

/** Font names are often quoted. */
function isPlainFont(value: string): boolean {
  return isPlainValue(value.replace(/["'][\p{L}\p{N} ._-]*["']/gu, "x"));
}

/** Text and what it stands on. */
const PAIRS = [
  ["onSurface", "surface"],
  ["onSurfaceVariant", "surface"],
  ["onSurface", "surfaceVariant"],
  ["onSurfaceVariant", "surfaceVariant"],
  ["onContainer", "container"],
  ["neutral-500", "surface"],
  ["error-600", "surface"],
  ["success-600", "surface"],
  ["warning-600", "surface"],
  ["info-600", "surface"],
  ["onErrorContainer", "errorContainer"],
  ["onError", "error-500"],
] as const;

const MINIMUM_CONTRAST = 4.5;

/** The text gives way before its ground does: one pale colour must not cost the host its surface. */
function legible(palette: Variables, ground: Variables, luminance: Luminance): Variables {
  let kept = { ...palette };
  // Taking one colour away may spoil a pair that was checked before.
  for (let round = 0; round < 2 * PAIRS.length; round += 1) {
    const bad = PAIRS.find((pair) => {
      const isHosts = pair.some((name) => `--ggui-color-${name}` in kept);
      return isHosts && !isLegible(pair, { ...ground, ...kept }, luminance);
    });
    if (bad === undefined) break;
    const [text, under] = bad.map((name) => `--ggui-color-${name}`) as [string, string];
    const dropped = text in kept ? text : under;
    kept = Object.fromEntries(Object.entries(kept).filter(([name]) => name !== dropped));
  }
  return kept;
}

function isLegible([text, ground]: readonly [string, string], variables: Variables, luminance: Luminance): boolean {
  const one = luminance(variables[`--ggui-color-${text}`] ?? "");
  const other = luminance(variables[`--ggui-color-${ground}`] ?? "");
  return one === undefined || other === undefined || contrast(one, other) >= MINIMUM_CONTRAST;
}

/** WCAG contrast of two luminances. */
export function contrast(one: number, other: number): number {
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}

/** The relative luminance of an sRGB colour with channels of 0 to 255. */
export function luminanceOf(red: number, green: number, blue: number): number {
  const [r, g, b] = [red, green, blue].map((channel) => {
    const share = channel / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
