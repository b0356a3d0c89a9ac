import { createElement, useState, type AnchorHTMLAttributes, type ReactNode } from "react";

import { classes, radius, toneColor, type RadiusValue, type Tone } from "./scales.ts";
import { styles, type Styled } from "./styled.ts";

export const textCss = `
.ggui-text,.ggui-heading{margin:0}
.ggui-caps{text-transform:uppercase;letter-spacing:.06em}
.ggui-truncate{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.ggui-heading{font-weight:var(--ggui-font-weight-semibold);line-height:var(--ggui-font-lineHeight-tight);
letter-spacing:-.012em;text-wrap:balance}
.ggui-heading-1{font-size:var(--ggui-font-size-3xl,1.75rem);letter-spacing:-.02em}
.ggui-heading-2{font-size:var(--ggui-font-size-2xl)}
.ggui-heading-3{font-size:var(--ggui-font-size-xl)}
.ggui-heading-4{font-size:var(--ggui-font-size-lg)}
.ggui-heading-5{font-size:var(--ggui-font-size-base)}
.ggui-heading-6{font-size:var(--ggui-font-size-sm);letter-spacing:0}
.ggui-link{color:var(--ggui-color-info-600);text-decoration:underline;text-decoration-thickness:1px;
text-underline-offset:.2em;text-decoration-color:color-mix(in srgb,currentColor 45%,transparent);
border-radius:var(--ggui-shape-radius-sm)}
.ggui-link:hover{text-decoration-color:currentColor}
.ggui-link-plain{text-decoration:none}
.ggui-link-plain:hover{text-decoration:underline}
.ggui-image{display:block;max-width:100%;height:auto;background:var(--ggui-color-surfaceVariant)}
.ggui-image-fallback{display:flex;align-items:center;justify-content:center;min-height:4rem;
padding:var(--ggui-spacing-2);background:var(--ggui-color-surfaceVariant);color:var(--ggui-color-onSurfaceVariant);
font-size:var(--ggui-font-size-sm);text-align:center}
`;

const SIZES: Readonly<Record<string, string>> = { md: "base" };
const LINE_HEIGHTS: Readonly<Record<string, string>> = { xl: "normal", "2xl": "tight", "3xl": "tight", "4xl": "tight" };

export interface TextProps extends Styled {
  size?: "xs" | "sm" | "base" | "md" | "lg" | "xl" | "2xl" | "3xl" | "4xl";
  weight?: "normal" | "medium" | "semibold" | "bold";
  caps?: boolean;
  tone?: Tone;
  align?: "left" | "center" | "right" | "start" | "end" | "justify";
  truncate?: boolean;
  is?: "p" | "span" | "div" | "label" | (string & {});
  htmlFor?: string;
}

/** Body text. */
export function Text(props: TextProps): ReactNode {
  const { size, weight, caps, tone, align, truncate, is = "p", style, className, ...rest } = props;
  const own = {
    fontSize: size === undefined ? undefined : `var(--ggui-font-size-${SIZES[size] ?? size})`,
    lineHeight: size === undefined || LINE_HEIGHTS[size] === undefined ? undefined : `var(--ggui-font-lineHeight-${LINE_HEIGHTS[size]})`,
    fontWeight: weight === undefined ? undefined : `var(--ggui-font-weight-${weight})`,
    color: toneColor(tone),
    textAlign: align,
  };
  const name = classes("ggui-text", caps === true && "ggui-caps", truncate === true && "ggui-truncate", className);
  return createElement(is, { className: name, style: styles(own, style), ...rest });
}

export interface HeadingProps extends Styled {
  level?: 1 | 2 | 3 | 4 | 5 | 6;
  tone?: Tone;
  align?: TextProps["align"];
}

/** A heading, h1 to h6. */
export function Heading({ level = 2, tone, align, style, className, ...rest }: HeadingProps): ReactNode {
  const own = { color: toneColor(tone), textAlign: align };
  return createElement(`h${level}`, {
    className: classes("ggui-heading", `ggui-heading-${level}`, className),
    style: styles(own, style),
    ...rest,
  });
}

export interface LinkProps extends Styled, Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof Styled> {
  href?: string;
  external?: boolean;
  tone?: Tone;
  underline?: boolean | "always" | "hover" | "none";
}

/** A link; addresses that would run script lead nowhere. */
export function Link({ href, external, tone, underline = true, style, className, ...rest }: LinkProps): ReactNode {
  const isPlain = underline === false || underline === "none" || underline === "hover";
  return (
    <a
      href={safeHref(href)}
      {...(external === true ? { target: "_blank", rel: "noopener noreferrer" } : {})}
      className={classes("ggui-link", isPlain && "ggui-link-plain", className)}
      style={styles({ color: toneColor(tone) }, style)}
      {...rest}
    />
  );
}

/** An address that runs no script, else nothing. */
export function safeHref(href: string | undefined): string | undefined {
  if (href === undefined) return undefined;
  // Browsers skip blanks and control characters in front of a scheme.
  // eslint-disable-next-line no-control-regex
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(href.replace(/[\u0000-\u0020]/g, ""))?.[1]?.toLowerCase();
  return scheme === undefined || ["http", "https", "mailto", "tel", "sms"].includes(scheme) ? href : undefined;
}

export interface ImageProps extends Styled {
  src?: string;
  alt?: string;
  width?: number | string;
  height?: number | string;
  objectFit?: "cover" | "contain" | "fill" | "none" | "scale-down";
  radius?: RadiusValue;
  /** Shown when the image cannot be loaded: another address, or any content. */
  fallback?: ReactNode;
}

/** An image that says what it is when it cannot be loaded. */
export function Image(props: ImageProps): ReactNode {
  const { src, alt = "", width, height, objectFit = "cover", radius: corner, fallback, style, className, children, ...rest } = props;
  const [broken, setBroken] = useState<readonly string[]>([]);
  const sources = [src, typeof fallback === "string" ? fallback : undefined];
  const source = sources.find((candidate) => candidate !== undefined && candidate !== "" && !broken.includes(candidate));
  const own = { width, height, objectFit, borderRadius: radius(corner) };
  if (source === undefined) {
    const content = typeof fallback === "string" || fallback === undefined ? alt : fallback;
    return (
      <div className={classes("ggui-image-fallback", className)} style={styles(own, style)} {...rest}>
        {content}
      </div>
    );
  }
  return (
    <img
      src={source}
      alt={alt}
      decoding="async"
      className={classes("ggui-image", className)}
      style={styles(own, style)}
      onError={() => setBroken([...broken, source])}
      {...rest}
    />
  );
}
