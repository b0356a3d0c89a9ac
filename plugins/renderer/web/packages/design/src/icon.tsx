import { createElement, type ReactNode } from "react";

import { usePart } from "./on_demand.tsx";
import { classes, toneColor, type Tone } from "./scales.ts";
import { styles, type Styled } from "./styled.ts";

export const iconCss = ".ggui-icon{display:inline-block;flex:none;vertical-align:-.125em}";

/** The shapes of a picture: element names with their attributes. */
export type Shapes = readonly (readonly [string, Readonly<Record<string, string | number | undefined>>])[];

export interface IconProps extends Styled {
  /** A Lucide name: `arrow-right`, `ArrowRight` and `arrowRight` are the same. */
  name?: string;
  size?: number | "xs" | "sm" | "md" | "lg" | "xl";
  tone?: Tone;
}

const SIZES: Readonly<Record<string, number>> = { xs: 12, sm: 16, md: 20, lg: 24, xl: 32 };

/** A small picture; decoration unless it has an `aria-label`. The pictures load when one is first shown. */
export function Icon({ name, size = 24, tone, style, className, children, ...rest }: IconProps): ReactNode {
  const part = usePart("icons", name !== undefined);
  const drawn = part.state === "here" && name !== undefined ? (part.exports["icons"] as Record<string, Shapes>)[dashed(name)] : undefined;
  const pixels = typeof size === "number" ? size : (SIZES[size] ?? 24);
  const isNamed = rest["aria-label"] !== undefined;
  return (
    <svg
      width={pixels}
      height={pixels}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      strokeLinejoin="round"
      role={isNamed ? "img" : undefined}
      aria-hidden={isNamed ? undefined : true}
      className={classes("ggui-icon", className)}
      style={styles({ color: toneColor(tone) }, style)}
      {...(rest as object)}
    >
      {children ?? drawn?.map(([element, attributes], index) => createElement(element, { ...attributes, key: index }))}
    </svg>
  );
}

function dashed(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1-$2").replace(/([a-z])(\d)/g, "$1-$2").replace(/[\s_]+/g, "-").toLowerCase();
}
