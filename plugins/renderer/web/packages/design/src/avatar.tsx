import { useState, type ReactNode } from "react";

import { classes } from "./scales.ts";
import { styles, type Styled } from "./styled.ts";

export const avatarCss = `
.ggui-avatar{display:inline-flex;align-items:center;justify-content:center;flex:none;overflow:hidden;border-radius:50%;
background:var(--ggui-color-primaryContainer);color:var(--ggui-color-onPrimaryContainer);
font-weight:var(--ggui-font-weight-medium);line-height:1;user-select:none}
.ggui-avatar-square{border-radius:var(--ggui-shape-radius-lg)}
.ggui-avatar img{width:100%;height:100%;object-fit:cover}
`;

const SIZES: Readonly<Record<string, number>> = { xs: 20, sm: 28, md: 36, lg: 48, xl: 72 };

export interface AvatarProps extends Omit<Styled, "children"> {
  src?: string;
  name?: string;
  size?: "xs" | "sm" | "md" | "lg" | "xl" | number;
  shape?: "circle" | "square" | "rounded";
}

/** A person's picture, or their initials where there is none. */
export function Avatar({ src, name = "", size = "md", shape = "circle", style, className, ...rest }: AvatarProps): ReactNode {
  const [broken, setBroken] = useState<string>();
  const pixels = typeof size === "number" ? size : (SIZES[size] ?? 36);
  const own = { width: pixels, height: pixels, fontSize: Math.max(9, Math.round(pixels * 0.38)) };
  const isPicture = src !== undefined && src !== "" && src !== broken;
  return (
    <span
      role="img"
      {...(name === "" ? { "aria-hidden": true } : { "aria-label": name })}
      className={classes("ggui-avatar", shape !== "circle" && "ggui-avatar-square", className)}
      style={styles(own, style)}
      {...rest}
    >
      {isPicture ? <img src={src} alt="" onError={() => setBroken(src)} /> : <span aria-hidden="true">{initials(name)}</span>}
    </span>
  );
}

function initials(name: string): string {
  const parts = name.trim().split(/\s+/);
  const ends = parts.length > 1 ? [parts[0], parts[parts.length - 1]] : parts;
  return ends.map((part) => [...(part ?? "")][0] ?? "").join("").toUpperCase() || "?";
}
