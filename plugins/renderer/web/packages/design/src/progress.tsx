import type { ReactNode } from "react";

import { classes, radius as corner, toneColor, type RadiusValue, type Tone } from "./scales.ts";
import { percentText } from "./locale.ts";
import { styles, type Styled } from "./styled.ts";
import { WORDS } from "./words.ts";

export const progressCss = `
.ggui-spinner{display:inline-flex;vertical-align:middle}
.ggui-spinner svg{animation:ggui-spin .8s linear infinite}
.ggui-skeleton{display:block;background:var(--ggui-color-surfaceVariant);
background:color-mix(in srgb,var(--ggui-color-onSurface) 9%,transparent);animation:ggui-pulse 1.6s ease-in-out infinite}
.ggui-progress{display:block}
.ggui-progress-head{display:flex;justify-content:space-between;gap:var(--ggui-spacing-3);
margin-bottom:var(--ggui-spacing-1);font-size:var(--ggui-font-size-sm);color:var(--ggui-color-onSurfaceVariant)}
.ggui-progress-value{font-variant-numeric:tabular-nums}
.ggui-progress-track{height:6px;overflow:hidden;border-radius:var(--ggui-shape-radius-full);
background:var(--ggui-color-surfaceVariant);background:color-mix(in srgb,var(--ggui-color-onSurface) 12%,transparent)}
.ggui-progress-sm .ggui-progress-track{height:3px}
.ggui-progress-lg .ggui-progress-track{height:10px}
.ggui-progress-bar{height:100%;border-radius:inherit;background:var(--ggui-color-primary-500);
transition:width var(--ggui-motion-duration-normal) var(--ggui-motion-easing-default)}
.ggui-progress-success .ggui-progress-bar{background:var(--ggui-color-success-500)}
.ggui-progress-warning .ggui-progress-bar{background:var(--ggui-color-warning-500)}
.ggui-progress-error .ggui-progress-bar{background:var(--ggui-color-error-500)}
.ggui-progress-info .ggui-progress-bar{background:var(--ggui-color-info-500)}
.ggui-progress-indeterminate .ggui-progress-bar{width:40%;animation:ggui-sweep 1.4s ease-in-out infinite}
@media (forced-colors:active){.ggui-progress-track{border:1px solid}.ggui-progress-bar{background:Highlight}}
`;

const NAMED_SIZES: Readonly<Record<string, number>> = { xs: 12, sm: 16, md: 24, lg: 32, xl: 48 };

export interface SpinnerProps extends Styled {
  size?: number | "xs" | "sm" | "md" | "lg" | "xl";
  tone?: Tone;
  label?: string;
}

/** Something is under way. */
export function Spinner({ size = 24, tone, label = WORDS.loading, style, className, ...rest }: SpinnerProps): ReactNode {
  const pixels = typeof size === "number" ? size : (NAMED_SIZES[size] ?? 24);
  return (
    <span role="status" className={classes("ggui-spinner", className)} style={styles({ color: toneColor(tone) }, style)} {...rest}>
      <svg width={pixels} height={pixels} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="2.5" aria-hidden="true">
        <circle cx="12" cy="12" r="9" opacity=".2" />
        <path d="M21 12a9 9 0 0 0-9-9" strokeLinecap="round" />
      </svg>
      <span className="ggui-sr">{label}</span>
    </span>
  );
}

export interface SkeletonProps extends Styled {
  variant?: "rect" | "text" | "circle";
  width?: number | string;
  height?: number | string;
  radius?: RadiusValue;
}

/** Holds the place of content that is on its way. */
export function Skeleton({ variant = "rect", width, height, radius, style, className, ...rest }: SkeletonProps): ReactNode {
  const shape = {
    rect: { width: "100%", height: 64, borderRadius: corner("md") },
    text: { width: "100%", height: "0.9em", borderRadius: corner("sm") },
    circle: { width: 40, height: 40, borderRadius: "50%" },
  }[variant];
  const own = {
    ...shape,
    ...(width === undefined ? {} : { width }),
    ...(height === undefined ? {} : { height }),
    ...(radius === undefined ? {} : { borderRadius: corner(radius) }),
  };
  return <span aria-hidden="true" className={classes("ggui-skeleton", className)} style={styles(own, style)} {...rest} />;
}

export interface ProgressProps extends Styled {
  value?: number;
  max?: number;
  variant?: "default" | "primary" | "success" | "warning" | "error" | "info";
  size?: "sm" | "md" | "lg";
  label?: string;
  showLabel?: boolean;
  indeterminate?: boolean;
}

/** How far something got. */
export function Progress(props: ProgressProps): ReactNode {
  const { value = 0, max = 100, variant = "default", size = "md", label, showLabel, indeterminate, className, ...rest } = props;
  const share = max > 0 ? Math.min(1, Math.max(0, value / max)) : 0;
  const isOpen = indeterminate === true;
  const percent = percentText(share);
  const hasHead = label !== undefined || (showLabel === true && !isOpen);
  return (
    <div className={classes("ggui-progress", `ggui-progress-${variant}`, `ggui-progress-${size}`, isOpen && "ggui-progress-indeterminate", className)} {...rest}>
      {hasHead && (
        <div className="ggui-progress-head">
          <span>{label}</span>
          {showLabel === true && !isOpen && <span className="ggui-progress-value">{percent}</span>}
        </div>
      )}
      <div
        role="progressbar"
        aria-label={label ?? WORDS.progress}
        aria-valuemin={0}
        aria-valuemax={max}
        {...(isOpen ? {} : { "aria-valuenow": Math.min(max, Math.max(0, value)), "aria-valuetext": percent })}
        className="ggui-progress-track"
      >
        <div className="ggui-progress-bar" style={isOpen ? undefined : { width: `${share * 100}%` }} />
      </div>
    </div>
  );
}
