import { useState, type ReactNode } from "react";

import { classes, type Status } from "./scales.ts";
import type { Styled } from "./styled.ts";
import { WORDS } from "./words.ts";

export const feedbackCss = `
.ggui-badge,.ggui-tag{display:inline-flex;align-items:center;gap:.35em;max-width:100%;padding:.0625rem .5rem;
border:1px solid transparent;border-radius:var(--ggui-shape-radius-md);font-size:var(--ggui-font-size-xs,.75rem);
font-weight:var(--ggui-font-weight-medium);line-height:1.5;vertical-align:middle;
background:var(--ggui-color-surfaceVariant);color:var(--ggui-color-onSurface);border-color:var(--ggui-color-outlineVariant)}
.ggui-pill{border-radius:var(--ggui-shape-radius-full)}
.ggui-chip-sm{padding:0 .375rem;font-size:.6875rem}
.ggui-chip-lg{padding:.1875rem .625rem;font-size:var(--ggui-font-size-sm)}
.ggui-chip-primary{background:var(--ggui-color-primary-500);color:var(--ggui-color-onPrimary);border-color:transparent}
.ggui-chip-outline{background:transparent;border-color:var(--ggui-color-outline)}
.ggui-chip-success{background:var(--ggui-color-success-100);color:var(--ggui-color-success-700);border-color:var(--ggui-color-success-200)}
.ggui-chip-warning{background:var(--ggui-color-warning-100);color:var(--ggui-color-warning-700);border-color:var(--ggui-color-warning-200)}
.ggui-chip-error{background:var(--ggui-color-error-100);color:var(--ggui-color-error-700);border-color:var(--ggui-color-error-200)}
.ggui-chip-info{background:var(--ggui-color-info-100);color:var(--ggui-color-info-700);border-color:var(--ggui-color-info-200)}
.ggui-close{display:inline-flex;align-items:center;justify-content:center;flex:none;width:24px;height:24px;padding:0;border:0;
border-radius:var(--ggui-shape-radius-md);background:transparent;color:inherit;cursor:pointer}
.ggui-close:hover{background:color-mix(in srgb,currentColor 12%,transparent)}
.ggui-tag .ggui-close{width:18px;height:18px;margin-inline-end:-.25rem}
.ggui-alert{display:flex;gap:var(--ggui-spacing-3);align-items:flex-start;padding:var(--ggui-spacing-3) var(--ggui-spacing-4);
border:1px solid;border-radius:var(--ggui-shape-radius-lg);line-height:1.45}
.ggui-alert-icon{display:inline-flex;flex:none;margin-top:.1em}
.ggui-alert-body{flex:1;min-width:0}
.ggui-alert-title{font-weight:var(--ggui-font-weight-semibold)}
.ggui-alert-success{background:var(--ggui-color-success-50);color:var(--ggui-color-success-800);border-color:var(--ggui-color-success-200)}
.ggui-alert-warning{background:var(--ggui-color-warning-50);color:var(--ggui-color-warning-800);border-color:var(--ggui-color-warning-200)}
.ggui-alert-error{background:var(--ggui-color-error-50);color:var(--ggui-color-error-800);border-color:var(--ggui-color-error-200)}
.ggui-alert-info{background:var(--ggui-color-info-50);color:var(--ggui-color-info-800);border-color:var(--ggui-color-info-200)}
.ggui-alert .ggui-close{margin:-.125rem -.375rem -.125rem 0}
.ggui-empty{display:flex;flex-direction:column;align-items:center;gap:var(--ggui-spacing-2);padding:var(--ggui-spacing-8) var(--ggui-spacing-4);
text-align:center;color:var(--ggui-color-onSurfaceVariant)}
.ggui-empty-icon{font-size:1.75rem;line-height:1;color:var(--ggui-color-neutral-500)}
.ggui-empty-title{font-size:var(--ggui-font-size-lg);font-weight:var(--ggui-font-weight-medium);color:var(--ggui-color-onSurface)}
.ggui-empty-text{max-width:26rem}
.ggui-empty-action{margin-top:var(--ggui-spacing-2)}
.ggui-stat{display:flex;flex-direction:column;gap:var(--ggui-spacing-1);min-width:0}
.ggui-stat-head{display:flex;align-items:center;gap:var(--ggui-spacing-2);font-size:var(--ggui-font-size-sm);
color:var(--ggui-color-onSurfaceVariant)}
.ggui-stat-value{font-size:var(--ggui-font-size-3xl,1.75rem);font-weight:var(--ggui-font-weight-semibold);line-height:1.15;
letter-spacing:-.02em;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.ggui-stat-delta{display:inline-flex;align-items:center;gap:.3em;font-size:var(--ggui-font-size-sm);
color:var(--ggui-color-onSurfaceVariant);font-variant-numeric:tabular-nums}
.ggui-stat-up{color:var(--ggui-color-success-600)}
.ggui-stat-down{color:var(--ggui-color-error-600)}
`;

type ChipVariant = "default" | "neutral" | "secondary" | "primary" | "outline" | Status | "danger";

export interface BadgeProps extends Styled {
  variant?: ChipVariant;
  size?: "sm" | "md" | "lg";
  pill?: boolean;
}

/** A status chip. */
export function Badge({ variant = "default", size = "md", pill = true, className, ...rest }: BadgeProps): ReactNode {
  return <span className={classes("ggui-badge", chipClass(variant, size), pill && "ggui-pill", className)} {...rest} />;
}

export interface TagProps extends Styled {
  variant?: ChipVariant;
  size?: "sm" | "md" | "lg";
  closable?: boolean;
  onClose?: () => void;
  icon?: ReactNode;
}

/** A label that may be taken away. */
export function Tag({ variant = "default", size = "md", closable, onClose, icon, className, children, ...rest }: TagProps): ReactNode {
  return (
    <span className={classes("ggui-tag", chipClass(variant, size), className)} {...rest}>
      {icon}
      {children}
      {closable === true && <Close label={typeof children === "string" ? WORDS.removeItem(children) : WORDS.remove} onClose={onClose} />}
    </span>
  );
}

function chipClass(variant: ChipVariant, size: "sm" | "md" | "lg"): string {
  const look = variant === "danger" ? "error" : variant;
  const isPlain = look === "default" || look === "neutral" || look === "secondary";
  return classes(!isPlain && `ggui-chip-${look}`, size !== "md" && `ggui-chip-${size}`);
}

export interface AlertProps extends Styled {
  variant?: Status | "danger" | "default";
  title?: ReactNode;
  closable?: boolean;
  onClose?: () => void;
  icon?: ReactNode;
}

/** A notice within the page: announced at once when it is a warning or an error, else when there is time. */
export function Alert(props: AlertProps): ReactNode {
  const { variant = "info", title, closable, onClose, icon, className, children, ...rest } = props;
  const [closed, setClosed] = useState(false);
  if (closed) return null;
  const status = variant === "danger" ? "error" : variant === "default" ? "info" : variant;
  const isUrgent = status === "error" || status === "warning";
  return (
    <div role={isUrgent ? "alert" : "status"} className={classes("ggui-alert", `ggui-alert-${status}`, className)} {...rest}>
      {icon !== null && <span className="ggui-alert-icon">{icon ?? <StatusIcon status={status} />}</span>}
      <div className="ggui-alert-body">
        {title !== undefined && <div className="ggui-alert-title">{title}</div>}
        {children}
      </div>
      {closable === true && (
        <Close
          onClose={() => {
            setClosed(true);
            onClose?.();
          }}
        />
      )}
    </div>
  );
}

const ICONS: Readonly<Record<Status, string>> = {
  success: "M8 1.75a6.25 6.25 0 1 0 0 12.5 6.25 6.25 0 0 0 0-12.5ZM5.25 8.25l2 2 3.5-4",
  warning: "M8 2.25 14.25 13.25H1.75L8 2.25ZM8 6.5v3M8 11.35v.05",
  error: "M8 1.75a6.25 6.25 0 1 0 0 12.5 6.25 6.25 0 0 0 0-12.5ZM8 4.75v4M8 11.2v.05",
  info: "M8 1.75a6.25 6.25 0 1 0 0 12.5 6.25 6.25 0 0 0 0-12.5ZM8 7.25v4M8 4.8v.05",
};

/** The picture of a status. */
export function StatusIcon({ status }: { status: Status }): ReactNode {
  return (
    <svg width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      <path d={ICONS[status]} />
    </svg>
  );
}

/** A cross that takes away what it stands in. */
export function Close({ label = WORDS.dismiss, onClose }: { label?: string; onClose: (() => void) | undefined }): ReactNode {
  return (
    <button type="button" className="ggui-close" aria-label={label} onClick={() => onClose?.()}>
      <svg width="12" height="12" viewBox="0 0 12 12" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" aria-hidden="true">
        <path d="m2.5 2.5 7 7m0-7-7 7" />
      </svg>
    </button>
  );
}

export interface EmptyStateProps extends Omit<Styled, "title"> {
  icon?: ReactNode;
  title?: ReactNode;
  description?: ReactNode;
  action?: ReactNode;
}

/** Says that there is nothing yet, and what to do about it. */
export function EmptyState({ icon, title, description, action, className, children, ...rest }: EmptyStateProps): ReactNode {
  return (
    <div className={classes("ggui-empty", className)} {...rest}>
      {icon !== undefined && (
        <div className="ggui-empty-icon" aria-hidden="true">
          {icon}
        </div>
      )}
      {title !== undefined && <div className="ggui-empty-title">{title}</div>}
      {description !== undefined && <div className="ggui-empty-text">{description}</div>}
      {children}
      {action !== undefined && <div className="ggui-empty-action">{action}</div>}
    </div>
  );
}

export interface StatProps extends Styled {
  label?: ReactNode;
  value?: ReactNode;
  delta?: ReactNode;
  trend?: "up" | "down" | "neutral" | "flat";
  icon?: ReactNode;
}

/** One figure and how it moves. */
export function Stat({ label, value, delta, trend, icon, className, children, ...rest }: StatProps): ReactNode {
  const isMoving = trend === "up" || trend === "down";
  return (
    <div className={classes("ggui-stat", className)} {...rest}>
      <div className="ggui-stat-head">
        {icon}
        <span>{label}</span>
      </div>
      <div className="ggui-stat-value">{value ?? "–"}</div>
      {delta !== undefined && (
        <div className={classes("ggui-stat-delta", isMoving && `ggui-stat-${trend}`)}>
          {isMoving && (
            <>
              <svg width="10" height="10" viewBox="0 0 10 10" fill="currentColor" aria-hidden="true">
                <path d={trend === "up" ? "M5 1.5 9 8H1z" : "M5 8.5 1 2h8z"} />
              </svg>
              <span className="ggui-sr">{trend === "up" ? WORDS.up : WORDS.down}</span>
            </>
          )}
          {delta}
        </div>
      )}
      {children}
    </div>
  );
}
