/** The named steps of a scale, a number of pixels, or any CSS value (spec 05 section 10.5). */
export type SpaceValue = "none" | "xs" | "sm" | "md" | "lg" | "xl" | "2xl" | number | (string & {});
export type RadiusValue = "none" | "sm" | "md" | "lg" | "xl" | "full" | number | (string & {});
export type Tone =
  | "default"
  | "muted"
  | "subtle"
  | "emphasized"
  | "loud"
  | "success"
  | "warning"
  | "error"
  | "info"
  | "inverse"
  | "inherit";
export type Surface = "default" | "elevated" | "sunken" | "accent" | "inverted" | "transparent";
export type Status = "success" | "warning" | "error" | "info";

const SPACES: Readonly<Record<string, number>> = { xs: 4, sm: 8, md: 16, lg: 24, xl: 32, "2xl": 48 };
const RADII: Readonly<Record<string, number>> = { sm: 4, md: 8, lg: 12, xl: 16, full: 9999 };

/** A space as CSS. */
export function space(value: SpaceValue | undefined): string | undefined {
  return scale(value, SPACES, "spacing");
}

/** A corner radius as CSS. */
export function radius(value: RadiusValue | undefined): string | undefined {
  return scale(value, RADII, "shape-radius");
}

function scale(value: string | number | undefined, steps: Readonly<Record<string, number>>, name: string): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "number") return `${value}px`;
  if (value === "none") return "0";
  const step = Object.hasOwn(steps, value) ? steps[value] : undefined;
  return step === undefined ? value : `var(--ggui-${name}-${value}, ${step}px)`;
}

const TONES: Readonly<Record<string, string>> = {
  default: "onSurface",
  muted: "onSurfaceVariant",
  subtle: "neutral-500",
  emphasized: "primary-700",
  loud: "primary-500",
  // The solid step 500 is too light for text on tinted surfaces.
  success: "success-600",
  warning: "warning-600",
  error: "error-600",
  info: "info-600",
  inverse: "surface",
};

/** The text colour of a tone; an unknown one is taken as the default. */
export function toneColor(tone: string | undefined): string | undefined {
  if (tone === undefined) return undefined;
  if (tone === "inherit") return "inherit";
  return color((Object.hasOwn(TONES, tone) ? TONES[tone] : undefined) ?? "onSurface");
}

/** Background and, where it must change with it, text colour of a surface. */
export function surfaceColors(surface: string | undefined): { background?: string; color?: string } {
  switch (surface) {
    case undefined:
      return {};
    case "transparent":
      return { background: "transparent" };
    case "sunken":
      return { background: color("surfaceVariant") };
    case "accent":
      return { background: color("primary-50") };
    case "inverted":
      return { background: color("onSurface"), color: color("surface") };
    default:
      return { background: color("surface") };
  }
}

/** A colour token as CSS. */
export function color(name: string): string {
  return `var(--ggui-color-${name})`;
}

const JUSTIFY: Readonly<Record<string, string>> = {
  start: "flex-start",
  end: "flex-end",
  between: "space-between",
  around: "space-around",
  evenly: "space-evenly",
};

/** `justify` and `align` names as CSS. */
export function placement(value: string | undefined): string | undefined {
  return value === undefined ? undefined : Object.hasOwn(JUSTIFY, value) ? JUSTIFY[value] : value;
}

/** Class names, absent ones left out. */
export function classes(...names: (string | false | undefined)[]): string {
  return names.filter(Boolean).join(" ");
}
