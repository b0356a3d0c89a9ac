/** What the card is told of the page around it: `hostContext` of `ui/initialize`, and its later changes. */

import type { Json } from "./json.ts";

const DARK = matchMedia("(prefers-color-scheme: dark)");

function theme(): "dark" | "light" {
  return DARK.matches ? "dark" : "light";
}

export function hostContext(stage: HTMLElement): Json {
  return {
    theme: theme(),
    displayMode: "inline",
    availableDisplayModes: ["inline"],
    containerDimensions: { width: Math.floor(stage.clientWidth) },
    locale: navigator.language,
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    platform: "web",
    deviceCapabilities: {
      touch: matchMedia("(any-pointer: coarse)").matches,
      hover: matchMedia("(any-hover: hover)").matches,
    },
  };
}

/** Report what changes, each time only that. */
export function watchSurroundings(stage: HTMLElement, changed: (part: Json) => void): void {
  DARK.addEventListener("change", () => changed({ theme: theme() }));
  let width = Math.floor(stage.clientWidth);
  new ResizeObserver(() => {
    const now = Math.floor(stage.clientWidth);
    if (now === width || now === 0) return; // the height follows the card, and is no news to it
    width = now;
    changed({ containerDimensions: { width } });
  }).observe(stage);
}
