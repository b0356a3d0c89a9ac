import type { ReactNode } from "react";

import {
  classes,
  color,
  placement,
  radius,
  space,
  surfaceColors,
  toneColor,
  type RadiusValue,
  type SpaceValue,
  type Status,
  type Surface,
  type Tone,
} from "./scales.ts";
import { styles, type Polymorphic, type Styled } from "./styled.ts";

export const layoutCss = `
.ggui-container{width:100%}
.ggui-card,.ggui-box,.ggui-stack,.ggui-grid{min-width:0}
.ggui-card{background:var(--ggui-color-surface);color:var(--ggui-color-onSurface)}
.ggui-card-bordered{border:1px solid var(--ggui-color-outlineVariant)}
.ggui-stack{display:flex}
.ggui-stack>*{min-width:0}
.ggui-grid{display:grid;--n:var(--n-base,1);grid-template-columns:repeat(var(--n),minmax(0,1fr))}
@media (min-width:640px){.ggui-grid{--n:var(--n-sm,var(--n-base,1))}}
@media (min-width:768px){.ggui-grid{--n:var(--n-md,var(--n-sm,var(--n-base,1)))}}
@media (min-width:1024px){.ggui-grid{--n:var(--n-lg,var(--n-md,var(--n-sm,var(--n-base,1))))}}
@media (min-width:1280px){.ggui-grid{--n:var(--n-xl,var(--n-lg,var(--n-md,var(--n-sm,var(--n-base,1)))))}}
.ggui-divider{border:0;background:var(--ggui-color-outlineVariant);flex:none}
.ggui-divider-horizontal{height:1px;width:100%}
.ggui-divider-vertical{width:1px;align-self:stretch}
@media (max-width:419px){.ggui-card-lg{padding:var(--ggui-spacing-md,16px)!important}}
`;

const WIDTHS: Readonly<Record<string, string>> = {
  sm: "640px",
  md: "768px",
  lg: "1024px",
  xl: "1280px",
  "2xl": "1536px",
  full: "100%",
  none: "none",
};

export interface ContainerProps extends Styled {
  maxWidth?: "sm" | "md" | "lg" | "xl" | "2xl" | "full" | "none" | number | (string & {});
  center?: boolean;
  padding?: SpaceValue;
}

/** Limits the width of a page. */
export function Container(props: ContainerProps): ReactNode {
  const { maxWidth = "lg", center = true, padding, style, className, ...rest } = props;
  const width = typeof maxWidth === "number" ? `${maxWidth}px` : (WIDTHS[maxWidth] ?? maxWidth);
  const own = { maxWidth: width, marginInline: center ? "auto" : undefined, padding: space(padding) };
  return <div className={classes("ggui-container", className)} style={styles(own, style)} {...rest} />;
}

export interface CardProps extends Polymorphic {
  padding?: SpaceValue;
  shadow?: "none" | "sm" | "md" | "lg" | "xl";
  border?: boolean;
  radius?: RadiusValue;
  surface?: Surface;
}

/** A framed group. */
export function Card(props: CardProps): ReactNode {
  const { padding = "lg", shadow = "sm", border = true, radius: corner = "lg", surface } = props;
  const { as: Element = "div", style, className, ...rest } = omit(props, "padding", "shadow", "border", "radius", "surface");
  const own = {
    padding: space(padding),
    boxShadow: shadow === "none" ? undefined : `var(--ggui-shape-shadow-${shadow})`,
    borderRadius: radius(corner),
    ...surfaceColors(surface),
  };
  const name = classes("ggui-card", border && "ggui-card-bordered", padding === "lg" && "ggui-card-lg", className);
  return <Element className={name} style={styles(own, style)} {...rest} />;
}

export interface StackProps extends Polymorphic {
  direction?: "column" | "row" | "column-reverse" | "row-reverse" | "vertical" | "horizontal";
  gap?: SpaceValue;
  align?: "start" | "center" | "end" | "stretch" | "baseline";
  justify?: "start" | "center" | "end" | "between" | "around" | "evenly";
  wrap?: boolean;
}

/** A flex column. */
export function Stack({ direction = "column", align = "stretch", ...rest }: StackProps): ReactNode {
  const flow = direction === "vertical" ? "column" : direction === "horizontal" ? "row" : direction;
  return <Flex direction={flow} align={align} {...rest} />;
}

/** A flex row; it wraps unless told not to, so that nothing is cut off on a phone. */
export function Row({ align = "center", wrap = true, ...rest }: Omit<StackProps, "direction">): ReactNode {
  return <Flex direction="row" align={align} wrap={wrap} {...rest} />;
}

function Flex(props: StackProps): ReactNode {
  const { direction, gap = "sm", align, justify = "start", wrap, as: Element = "div", style, className, ...rest } = props;
  const own = {
    flexDirection: direction,
    gap: space(gap),
    alignItems: placement(align),
    justifyContent: placement(justify),
    flexWrap: wrap === true ? "wrap" : undefined,
  };
  return <Element className={classes("ggui-stack", className)} style={styles(own, style)} {...rest} />;
}

type Breakpoint = "base" | "sm" | "md" | "lg" | "xl";

export interface GridProps extends Polymorphic {
  columns?: number | Partial<Record<Breakpoint, number>>;
  gap?: SpaceValue;
  minColumnWidth?: number | string;
}

/** At most so many columns; a fixed number gives way where columns would become too narrow to read. */
export function Grid(props: GridProps): ReactNode {
  const { columns = 2, gap = "md", minColumnWidth, as: Element = "div", style, className, ...rest } = props;
  const space_ = space(gap) ?? "0px";
  const own: Record<string, string | number | undefined> = { gap: space_ };
  if (minColumnWidth !== undefined) {
    const width = typeof minColumnWidth === "number" ? `${minColumnWidth}px` : minColumnWidth;
    own["gridTemplateColumns"] = `repeat(auto-fit, minmax(min(100%, ${width}), 1fr))`;
  } else if (typeof columns === "number") {
    const share = `calc((100% - ${Math.max(0, columns - 1)} * ${space_ === "0" ? "0px" : space_}) / ${Math.max(1, columns)})`;
    own["gridTemplateColumns"] = `repeat(auto-fit, minmax(max(min(100%, 8.5rem), ${share}), 1fr))`;
  } else {
    for (const [name, count] of Object.entries(columns)) own[`--n-${name}`] = count;
  }
  return <Element className={classes("ggui-grid", className)} style={styles(own, style)} {...rest} />;
}

export interface BoxProps extends Polymorphic {
  padding?: SpaceValue;
  paddingX?: SpaceValue;
  paddingY?: SpaceValue;
  margin?: SpaceValue;
  surface?: Surface;
  /** A colour token such as `primary-100`, or any CSS colour, as the background. */
  assetColor?: string;
  /** A status tint as the background. */
  assetSemantic?: Status;
  radius?: RadiusValue;
}

/** A generic block. */
export function Box(props: BoxProps): ReactNode {
  const { padding, paddingX, paddingY, margin, surface, assetColor, assetSemantic } = props;
  const rest = omit(props, "padding", "paddingX", "paddingY", "margin", "surface", "assetColor", "assetSemantic");
  const { radius: corner, as: Element = "div", style, className, ...attributes } = rest;
  const own = {
    padding: space(padding),
    paddingInline: space(paddingX),
    paddingBlock: space(paddingY),
    margin: space(margin),
    borderRadius: radius(corner),
    ...surfaceColors(surface),
    ...(assetColor === undefined ? {} : { background: /^[a-z]+-\d+$/.test(assetColor) ? color(assetColor) : assetColor }),
    ...(assetSemantic === undefined
      ? {}
      : { background: color(`${assetSemantic}-50`), color: color(`${assetSemantic}-700`) }),
  };
  return <Element className={classes("ggui-box", className)} style={styles(own, style)} {...attributes} />;
}

export interface DividerProps extends Styled {
  orientation?: "horizontal" | "vertical";
  margin?: SpaceValue;
  tone?: Tone;
}

/** A line between groups. */
export function Divider({ orientation = "horizontal", margin = 16, tone, style, className, ...rest }: DividerProps): ReactNode {
  const own = {
    [orientation === "horizontal" ? "marginBlock" : "marginInline"]: space(margin),
    background: toneColor(tone),
  };
  const name = classes("ggui-divider", `ggui-divider-${orientation}`, className);
  return <div role="separator" aria-orientation={orientation} className={name} style={styles(own, style)} {...rest} />;
}

export interface SpacerProps extends Omit<Styled, "children"> {
  /** Pixels, a step of the scale, or `flex` for all the room there is. */
  size?: SpaceValue | "flex";
}

/** Room between things. */
export function Spacer({ size = 16, style, className, ...rest }: SpacerProps): ReactNode {
  const own = size === "flex" ? { flex: 1 } : { flex: "none", width: space(size), height: space(size) };
  return <div aria-hidden="true" className={className} style={styles(own, style)} {...rest} />;
}

function omit<T extends object, K extends keyof T>(props: T, ...names: K[]): Omit<T, K> {
  const rest = { ...props };
  for (const name of names) delete rest[name];
  return rest;
}
