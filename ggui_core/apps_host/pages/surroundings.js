// @ts-check
// What a card is told of the host around it: `hostContext` of MCP Apps.

const PALETTES = {
  light: {
    "--color-background-primary": "#ffffff", "--color-background-secondary": "#f5f6f8",
    "--color-text-primary": "#1b1f27", "--color-text-secondary": "#5a6372",
    "--color-border-primary": "#dce0e7", "--color-ring-primary": "#2f5bd7",
  },
  dark: {
    "--color-background-primary": "#1c2028", "--color-background-secondary": "#14171d",
    "--color-text-primary": "#e8ebf1", "--color-text-secondary": "#a3adbd",
    "--color-border-primary": "#333a46", "--color-ring-primary": "#8fabff",
  },
};

/** @param {"light" | "dark"} theme */
export function themed(theme) {
  return { theme, styles: { variables: PALETTES[theme] } };
}

/** @param {"light" | "dark"} theme @param {number} width */
export function hostContext(theme, width) {
  return {
    ...themed(theme),
    displayMode: "inline",
    availableDisplayModes: ["inline", "fullscreen"],
    containerDimensions: { width, maxHeight: 4000 },
    locale: navigator.language,
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    platform: "web",
    deviceCapabilities: { touch: matchMedia("(any-pointer: coarse)").matches, hover: true },
  };
}
