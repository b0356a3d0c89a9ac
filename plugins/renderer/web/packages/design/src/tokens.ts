/** Tokens as values, for code that styles by hand: `@ggui-ai/design/tokens`. Every value is a `var(--ggui-…)`. */
const STEPS = [50, 100, 200, 300, 400, 500, 600, 700, 800, 900] as const;

function token(name: string): string {
  return `var(--ggui-${name})`;
}

function group<K extends string | number>(prefix: string, names: readonly K[]): Record<K, string> {
  return Object.fromEntries(names.map((name) => [name, token(`${prefix}-${name}`)])) as Record<K, string>;
}

export const gray = group("color-neutral", STEPS);
export const primary = group("color-primary", STEPS);
export const success = group("color-success", STEPS);
export const warning = group("color-warning", STEPS);
export const error = group("color-error", STEPS);
export const info = group("color-info", STEPS);
export const semantic = group("color", [
  "surface", "onSurface", "surfaceVariant", "onSurfaceVariant", "container", "onContainer", "outline", "outlineVariant",
  "onPrimary", "primaryContainer", "onPrimaryContainer", "onError", "errorContainer", "onErrorContainer",
  "tertiary", "onTertiary", "tertiaryContainer", "onTertiaryContainer",
] as const);
export const chartColors = [primary[500], info[500], success[500], warning[500], error[500], gray[500]];
export const colors = { gray, neutral: gray, primary, success, warning, error, info, semantic, chart: chartColors };

export const fontFamily = group("font-family", ["sans", "mono"] as const);
export const fontSize = group("font-size", ["xs", "sm", "base", "lg", "xl", "2xl", "3xl", "4xl"] as const);
export const fontSizeValues = { xs: 12, sm: 13, base: 14, lg: 16, xl: 18, "2xl": 22, "3xl": 28, "4xl": 36 };
export const fontWeight = group("font-weight", ["normal", "medium", "semibold", "bold"] as const);
export const lineHeight = group("font-lineHeight", ["tight", "normal", "relaxed"] as const);
export const letterSpacing = { tight: "-0.012em", normal: "0", wide: "0.06em" };
export const headingStyles = {
  h1: { fontSize: fontSize["3xl"], fontWeight: fontWeight.semibold, lineHeight: lineHeight.tight },
  h2: { fontSize: fontSize["2xl"], fontWeight: fontWeight.semibold, lineHeight: lineHeight.tight },
  h3: { fontSize: fontSize.xl, fontWeight: fontWeight.semibold, lineHeight: lineHeight.tight },
  h4: { fontSize: fontSize.lg, fontWeight: fontWeight.semibold, lineHeight: lineHeight.tight },
};
export const typography = { fontFamily, fontSize, fontWeight, lineHeight, letterSpacing, headingStyles };

export const spacing = {
  ...group("spacing", [1, 2, 3, 4, 5, 6, 8, 10, 12] as const),
  ...group("spacing", ["xs", "sm", "md", "lg", "xl", "2xl"] as const),
};
export const spacingValues = { xs: 4, sm: 8, md: 16, lg: 24, xl: 32, "2xl": 48 };
export const radius = group("shape-radius", ["sm", "md", "lg", "xl", "full"] as const);
export const shadow = group("shape-shadow", ["sm", "md", "lg", "xl"] as const);
export const elevation = shadow;
export const maxWidth = { sm: "640px", md: "768px", lg: "1024px", xl: "1280px" };
export const zIndex = group("zIndex", [
  "hide", "base", "docked", "dropdown", "sticky", "banner", "overlay", "modal", "popover", "skipLink", "toast", "tooltip",
] as const);

export const duration = group("motion-duration", ["fast", "normal", "slow"] as const);
export const easing = group("motion-easing", ["default", "spring"] as const);
export const transition = group("motion-transition", ["fast", "normal", "slow", "colors", "opacity", "transform"] as const);
export const keyframes = { spin: "ggui-spin", pulse: "ggui-pulse", rise: "ggui-rise" };
export const animation = {
  spin: `${keyframes.spin} 0.8s linear infinite`,
  pulse: `${keyframes.pulse} 1.6s ease-in-out infinite`,
  rise: `${keyframes.rise} ${duration.normal} ${easing.default}`,
};
export const THINKING_DEFAULT_STYLE = "pulse";
export const thinkingKeyframes = "";
export const thinkingPresets = { pulse: animation.pulse };
export const thinkingAnimation = animation.pulse;
export const reducedMotionCSS = "@media (prefers-reduced-motion: reduce)";
export const reducedMotion = reducedMotionCSS;
/** The value where motion is welcome, `none` elsewhere. */
export function motionSafe(value: string): string {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? "none" : value;
}

export const focusRing = {
  outline: `${token("accessibility-focusRing-width")} solid ${token("accessibility-focusRing-color")}`,
  outlineOffset: token("accessibility-focusRing-offset"),
};
export const highContrast = group("accessibility-highContrast", [
  "borderWidth", "textColor", "backgroundColor", "linkColor",
] as const);
export const accessibility = { focusRing, highContrast };

export const tokens = { colors, typography, spacing, radius, shadow, zIndex, duration, easing, transition, accessibility };
export const nativeTokens = tokens;
