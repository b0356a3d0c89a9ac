import assert from "node:assert/strict";
import { test } from "node:test";

import { ggui } from "../../design/src/preset.ts";
import { contrast, isPlainValue, luminanceOf, mapHostPalette, resolveMode, resolveVariables, type ThemeSources } from "../src/theme.ts";

const NOTHING: ThemeSources = {
  sliceMode: undefined, theme: undefined, hostMode: undefined, hostVariables: {}, prefersDark: false,
};

function hexLuminance(color: string): number | undefined {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(color);
  if (match === null) return undefined;
  return luminanceOf(...([1, 2, 3].map((index) => Number.parseInt(match[index] ?? "", 16)) as [number, number, number]));
}

function resolved(sources: Partial<ThemeSources>): (name: string) => string | undefined {
  const variables = resolveVariables({ ...NOTHING, ...sources }, hexLuminance);
  return (name) => variables[`--ggui-color-${name}`];
}

test("the mode is the app's, else the host's, else the person's, else light", () => {
  const theme = { mode: "light" as const, cssVariables: {}, base: undefined };
  const all = { sliceMode: "dark" as const, theme, hostMode: "light" as const, hostVariables: {}, prefersDark: false };
  assert.equal(resolveMode(all), "dark");
  assert.equal(resolveMode({ ...all, sliceMode: undefined, hostMode: "dark" }), "light");
  assert.equal(resolveMode({ ...NOTHING, hostMode: "dark" }), "dark");
  assert.equal(resolveMode({ ...NOTHING, prefersDark: true }), "dark");
  assert.equal(resolveMode(NOTHING), "light");
});

test("a theme that brings both ladders follows the host, whatever mode it is written down with", () => {
  const theme = { mode: "light" as const, cssVariables: {}, base: { light: {}, dark: {} } };
  assert.equal(resolveMode({ ...NOTHING, theme, hostMode: "dark" }), "dark");
  assert.equal(resolveMode({ ...NOTHING, theme, prefersDark: true }), "dark");
  assert.equal(resolveMode({ ...NOTHING, theme, sliceMode: "light", hostMode: "dark" }), "light");
});

test("the host's palette is mapped name by name", () => {
  const mapped = mapHostPalette({
    "--color-background-primary": "#ffffff",
    "--color-text-tertiary": "light-dark(#555555, #aaaaaa)",
    "--color-border-secondary": "rgb(1 2 3 / 50%)",
    "--font-sans": "'Söhne', \"Inter Tight\", sans-serif",
    "--unknown": "#000000",
  });
  assert.deepEqual(mapped, {
    "--ggui-color-surface": "#ffffff",
    "--ggui-color-neutral-500": "light-dark(#555555, #aaaaaa)",
    "--ggui-color-outlineVariant": "rgb(1 2 3 / 50%)",
    "--ggui-font-family-sans": "'Söhne', \"Inter Tight\", sans-serif",
  });
});

test("a value that could be more than a colour is dropped", () => {
  for (const value of ["", "red;x:y", "}", "<b>", "url(x)", "URL(x)", "/* */", "\\65", "`", "a\nb", "'x'", "x".repeat(257)]) {
    assert.equal(isPlainValue(value), false, JSON.stringify(value));
  }
});

test("layers: preset, host, the app's own variables", () => {
  const host = { "--color-background-primary": "#ffffff", "--color-text-primary": "#111111" };
  const theme = { mode: "light" as const, cssVariables: { "--ggui-color-surface": "#fefefe" }, base: undefined };
  assert.equal(resolved({})("surface"), ggui.light["--ggui-color-surface"]);
  assert.equal(resolved({ hostVariables: host })("surface"), "#ffffff");
  assert.equal(resolved({ hostVariables: host, theme })("surface"), "#fefefe");
  assert.equal(resolved({ hostVariables: host, theme })("onSurface"), "#111111");
});

test("a delivered base takes the preset's place, mode by mode", () => {
  const base = { light: { "--ggui-color-surface": "#eeeeee" }, dark: { "--ggui-color-surface": "#222222" } };
  const theme = { mode: "light" as const, cssVariables: {}, base };
  assert.equal(resolved({ theme, hostMode: "dark" })("surface"), "#222222");
  assert.equal(resolved({ theme, hostMode: "dark", sliceMode: "light" })("surface"), "#eeeeee");
});

test("a host palette of the other mode is left out", () => {
  const host = { "--color-background-primary": "#ffffff", "--color-text-primary": "#111111" };
  const surface = resolved({ hostVariables: host, hostMode: "light", sliceMode: "dark" })("surface");
  assert.equal(surface, ggui.dark["--ggui-color-surface"]);
});

test("a pair of the host that is hard to read is left out, the rest kept", () => {
  const get = resolved({
    hostVariables: {
      "--color-background-primary": "#ffffff",
      "--color-text-primary": "#111111",
      "--color-text-secondary": "#cccccc",
      "--color-text-danger": "#ff9999",
      "--color-border-primary": "#888888",
    },
  });
  assert.equal(get("surface"), "#ffffff");
  assert.equal(get("onSurface"), "#111111");
  assert.equal(get("onSurfaceVariant"), ggui.light["--ggui-color-onSurfaceVariant"]);
  assert.equal(get("error-600"), ggui.light["--ggui-color-error-600"]);
  assert.equal(get("outline"), "#888888");
});

test("a dark host that names only its background gives way to the preset", () => {
  const get = resolved({ hostVariables: { "--color-background-primary": "#101010" } });
  assert.equal(get("surface"), ggui.light["--ggui-color-surface"]);
});

test("every text of the preset is legible on every ground it stands on, in both modes", () => {
  const TEXTS = ["onSurface", "onSurfaceVariant", "neutral-500", "error-600", "success-600", "warning-600", "info-600"];
  const FIXED = [
    ["onPrimary", "primary-500"], ["onError", "error-500"], ["onError", "error-600"], ["onTertiary", "tertiary"],
    ["onContainer", "container"], ["onPrimaryContainer", "primaryContainer"], ["onErrorContainer", "errorContainer"],
    ["onTertiaryContainer", "tertiaryContainer"],
    ...["success", "warning", "error", "info"].flatMap((s) => [[`${s}-700`, `${s}-100`], [`${s}-800`, `${s}-50`], [`${s}-700`, `${s}-50`]]),
  ];
  for (const mode of ["light", "dark"] as const) {
    const pairs = [...FIXED, ...TEXTS.flatMap((t) => ["surface", "surfaceVariant", "container", "primary-50"].map((g) => [t, g]))];
    for (const [on, ground] of pairs) {
      const [one, other] = [on, ground].map((name) => hexLuminance(ggui[mode][`--ggui-color-${name}`] ?? "") ?? Number.NaN);
      assert.ok(contrast(one as number, other as number) >= 4.5, `${mode}: ${on} on ${ground}`);
    }
  }
});

test("both modes name the same tokens, and every one of the vocabulary", () => {
  assert.deepEqual(Object.keys(ggui.light).sort(), Object.keys(ggui.dark).sort());
  const families: [string, (string | number)[]][] = [
    ["color-primary", [50, 100, 200, 300, 400, 500, 600, 700, 800, 900]],
    ["color-neutral", [50, 100, 200, 300, 400, 500, 600, 700, 800, 900]],
    ...["success", "warning", "error", "info"].map((s): [string, number[]] => [`color-${s}`, [50, 100, 200, 500, 600, 700, 800]]),
    ["color", [
      "surface", "onSurface", "surfaceVariant", "onSurfaceVariant", "container", "onContainer", "outline", "outlineVariant",
      "onPrimary", "primaryContainer", "onPrimaryContainer", "onError", "errorContainer", "onErrorContainer", "tertiary",
      "onTertiary", "tertiaryContainer", "onTertiaryContainer",
    ]],
    ["font-family", ["sans", "mono"]],
    ["font-size", ["xs", "sm", "base", "lg", "xl", "2xl", "3xl", "4xl"]],
    ["font-weight", ["normal", "medium", "semibold", "bold"]],
    ["font-lineHeight", ["tight", "normal", "relaxed"]],
    ["spacing", [1, 2, 3, 4, 5, 6, 8, 10, 12, "xs", "sm", "md", "lg", "xl", "2xl"]],
    ["shape-radius", ["sm", "md", "lg", "xl", "full"]],
    ["shape-shadow", ["sm", "md", "lg", "xl"]],
    ["motion-duration", ["fast", "normal", "slow"]],
    ["motion-easing", ["default", "spring"]],
    ["motion-transition", ["fast", "normal", "slow", "colors", "opacity", "transform"]],
    ["accessibility-focusRing", ["color", "width", "offset"]],
    ["accessibility-reducedMotion", ["duration"]],
    ["accessibility-highContrast", ["borderWidth", "textColor", "backgroundColor", "linkColor"]],
    ["zIndex", ["hide", "base", "docked", "dropdown", "sticky", "banner", "overlay", "modal", "popover", "skipLink", "toast", "tooltip"]],
  ];
  for (const [family, names] of families) {
    for (const name of names) assert.ok(ggui.light[`--ggui-${family}-${name}`], `--ggui-${family}-${name}`);
  }
});
