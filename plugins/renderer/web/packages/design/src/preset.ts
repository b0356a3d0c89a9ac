/** The variables of one mode: `--ggui-…` name to value. */
export type Variables = Readonly<Record<string, string>>;

/** A theme document: the same names in both modes. */
export interface Preset {
  readonly id: string;
  readonly light: Variables;
  readonly dark: Variables;
}

type Ramp = Readonly<Record<string, string>>;

/** What differs between light and dark. */
interface Palette {
  readonly primary: Ramp;
  readonly neutral: Ramp;
  readonly success: Ramp;
  readonly warning: Ramp;
  readonly error: Ramp;
  readonly info: Ramp;
  /** Roles: `surface`, `onSurface`, … */
  readonly roles: Readonly<Record<string, string>>;
  readonly shadow: Readonly<Record<string, string>>;
}

const TEN = [50, 100, 200, 300, 400, 500, 600, 700, 800, 900];
const SEVEN = [50, 100, 200, 500, 600, 700, 800];

function ramp(steps: readonly number[], colours: string): Ramp {
  const list = colours.split(" ");
  return Object.fromEntries(steps.map((step, index) => [step, list[index] ?? ""]));
}

const LIGHT: Palette = {
  primary: ramp(TEN, "#ecebe4 #e2e1d9 #cbcac1 #a3a29a #63625d #292929 #1f1f1f #171717 #101010 #080808"),
  neutral: ramp(TEN, "#faf9f5 #eeede6 #dedcd3 #c4c2b8 #918f85 #66655d #55544d #403f3a #2e2d2a #1c1c1a"),
  success: ramp(SEVEN, "#e4f0e4 #d2e7d5 #a9d1b0 #1b7a37 #17692f #125426 #0d3f1c"),
  warning: ramp(SEVEN, "#f8edd5 #f2e0ba #e4c583 #8a5600 #764a00 #623d00 #4a2e00"),
  error: ramp(SEVEN, "#fae6e0 #f6d4cb #eeb0a3 #cc3520 #b02c1a #8d2315 #6b1a10"),
  info: ramp(SEVEN, "#e3ecf6 #d0dff1 #a8c6e6 #1d62b5 #18539a #13427b #0e315c"),
  roles: {
    surface: "#f4f3ed",
    onSurface: "#292929",
    surfaceVariant: "#e9e7df",
    onSurfaceVariant: "#5a5952",
    container: "#fbfaf6",
    onContainer: "#292929",
    outline: "#86847a",
    outlineVariant: "#d6d4c9",
    onPrimary: "#f4f3ed",
    primaryContainer: "#e2e1d9",
    onPrimaryContainer: "#1f1f1f",
    onError: "#ffffff",
    errorContainer: "#fae6e0",
    onErrorContainer: "#8d2315",
    tertiary: "#1b7a37",
    onTertiary: "#ffffff",
    tertiaryContainer: "#d2e7d5",
    onTertiaryContainer: "#125426",
  },
  shadow: {
    sm: "none",
    md: "0 1px 2px rgba(41,41,41,.06), 0 3px 10px rgba(41,41,41,.07)",
    lg: "0 2px 4px rgba(41,41,41,.06), 0 8px 24px rgba(41,41,41,.10)",
    xl: "0 4px 8px rgba(41,41,41,.06), 0 18px 48px rgba(41,41,41,.16)",
  },
};

const DARK: Palette = {
  primary: ramp(TEN, "#2a2a29 #343432 #4a4a46 #7a7973 #b5b4ac #f4f3ed #fafaf6 #fcfcfa #fdfdfc #ffffff"),
  neutral: ramp(TEN, "#191918 #282827 #363634 #4d4c49 #77766f #a09f97 #b9b8af #d0cfc6 #e4e3db #f4f3ed"),
  success: ramp(SEVEN, "#16271b #1c3524 #27492f #3da85b #5fbf79 #86d29a #b0e3bd"),
  warning: ramp(SEVEN, "#2b2314 #3a2e16 #55431c #e0a33a #ebb75c #f2cb86 #f8dfb2"),
  error: ramp(SEVEN, "#331c18 #46231d #653027 #ff5b46 #ff7d6c #ffa195 #ffc6be"),
  info: ramp(SEVEN, "#17232e #1b2f42 #25435f #62a8ec #85bcf1 #a9d0f6 #cde3fa"),
  roles: {
    surface: "#1f1f1f",
    onSurface: "#f4f3ed",
    surfaceVariant: "#2b2b2a",
    onSurfaceVariant: "#b4b3aa",
    container: "#272726",
    onContainer: "#f4f3ed",
    outline: "#77766f",
    outlineVariant: "#3c3c3a",
    onPrimary: "#1f1f1f",
    primaryContainer: "#343432",
    onPrimaryContainer: "#fafaf6",
    onError: "#1f1f1f",
    errorContainer: "#46231d",
    onErrorContainer: "#ffa195",
    tertiary: "#3da85b",
    onTertiary: "#101010",
    tertiaryContainer: "#1c3524",
    onTertiaryContainer: "#86d29a",
  },
  shadow: {
    sm: "none",
    md: "0 1px 2px rgba(0,0,0,.30), 0 3px 10px rgba(0,0,0,.28)",
    lg: "0 2px 4px rgba(0,0,0,.30), 0 8px 24px rgba(0,0,0,.36)",
    xl: "0 4px 8px rgba(0,0,0,.30), 0 18px 48px rgba(0,0,0,.48)",
  },
};

/** What both modes share. Nothing is downloaded: a named font is used where the machine has it. */
const SHARED: Variables = prefixed({
  "font-family-sans":
    "Inter, ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', Arial, sans-serif",
  "font-family-mono": "'Geist Mono', ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace",
  "font-size-xs": "0.75rem",
  "font-size-sm": "0.8125rem",
  "font-size-base": "0.875rem",
  "font-size-lg": "1rem",
  "font-size-xl": "1.125rem",
  "font-size-2xl": "1.375rem",
  "font-size-3xl": "1.75rem",
  "font-size-4xl": "2.25rem",
  "font-weight-normal": "400",
  "font-weight-medium": "500",
  "font-weight-semibold": "600",
  "font-weight-bold": "700",
  "font-lineHeight-tight": "1.25",
  "font-lineHeight-normal": "1.5",
  "font-lineHeight-relaxed": "1.7",
  ...Object.fromEntries([1, 2, 3, 4, 5, 6, 8, 10, 12].map((n) => [`spacing-${n}`, `${n * 0.25}rem`])),
  "spacing-xs": "0.25rem",
  "spacing-sm": "0.5rem",
  "spacing-md": "1rem",
  "spacing-lg": "1.5rem",
  "spacing-xl": "2rem",
  "spacing-2xl": "3rem",
  "shape-radius-sm": "2px",
  "shape-radius-md": "2px",
  "shape-radius-lg": "4px",
  "shape-radius-xl": "6px",
  "shape-radius-full": "9999px",
  "motion-duration-fast": "120ms",
  "motion-duration-normal": "200ms",
  "motion-duration-slow": "400ms",
  "motion-duration-ambient": "2400ms",
  "motion-easing-default": "cubic-bezier(0.2, 0, 0, 1)",
  "motion-easing-spring": "cubic-bezier(0.34, 1.4, 0.64, 1)",
  "motion-easing-bounce": "cubic-bezier(0.34, 1.56, 0.64, 1)",
  "motion-transition-fast": "all 100ms cubic-bezier(0.2, 0, 0, 1)",
  "motion-transition-normal": "all 200ms cubic-bezier(0.2, 0, 0, 1)",
  "motion-transition-slow": "all 300ms cubic-bezier(0.2, 0, 0, 1)",
  "motion-transition-colors":
    "color 100ms cubic-bezier(0.2, 0, 0, 1), background-color 100ms cubic-bezier(0.2, 0, 0, 1), border-color 100ms cubic-bezier(0.2, 0, 0, 1)",
  "motion-transition-opacity": "opacity 200ms cubic-bezier(0.2, 0, 0, 1)",
  "motion-transition-transform": "transform 200ms cubic-bezier(0.2, 0, 0, 1)",
  "accessibility-focusRing-width": "2px",
  "accessibility-focusRing-offset": "2px",
  "accessibility-reducedMotion-duration": "0ms",
  "accessibility-highContrast-borderWidth": "2px",
  "accessibility-highContrast-textColor": "#000",
  "accessibility-highContrast-backgroundColor": "#fff",
  "accessibility-highContrast-linkColor": "#0369a1",
  "zIndex-hide": "-1",
  "zIndex-base": "0",
  "zIndex-docked": "10",
  "zIndex-dropdown": "1000",
  "zIndex-sticky": "1100",
  "zIndex-banner": "1200",
  "zIndex-overlay": "1300",
  "zIndex-modal": "1400",
  "zIndex-popover": "1500",
  "zIndex-skipLink": "1600",
  "zIndex-toast": "1700",
  "zIndex-tooltip": "1800",
});

function prefixed(names: Readonly<Record<string, string>>): Variables {
  return Object.fromEntries(Object.entries(names).map(([name, value]) => [`--ggui-${name}`, value]));
}

function variables(palette: Palette): Variables {
  const { roles, shadow, ...ramps } = palette;
  const colours: Record<string, string> = {};
  for (const [name, steps] of Object.entries(ramps)) {
    for (const [step, colour] of Object.entries(steps)) colours[`color-${name}-${step}`] = colour;
  }
  for (const [role, colour] of Object.entries(roles)) colours[`color-${role}`] = colour;
  for (const [size, value] of Object.entries(shadow)) colours[`shape-shadow-${size}`] = value;
  return {
    ...SHARED,
    ...prefixed({
      ...colours,
      "color-primary": palette.primary["500"] ?? "",
      "color-surface-subtle": roles["surfaceVariant"] ?? "",
      "color-surface-sunken": roles["surfaceVariant"] ?? "",
      "color-primary-gradient": `linear-gradient(135deg, ${palette.primary["400"]}, ${palette.primary["600"]})`,
      "color-surface-gradient": `linear-gradient(180deg, ${roles["container"]}, ${roles["surface"]})`,
      "effect-glow-primary": "none",
      "effect-glow-primary-strong": "none",
      "accessibility-focusRing-color": palette.info["500"] ?? "",
    }),
  };
}

/** Paper and ink: the default (spec 05 section 10.4). */
export const ggui: Preset = { id: "ggui", light: variables(LIGHT), dark: variables(DARK) };
