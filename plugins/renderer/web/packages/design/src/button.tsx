import type { ButtonHTMLAttributes, ReactNode } from "react";

import { classes } from "./scales.ts";
import { Spinner } from "./progress.tsx";

export const buttonCss = `
.ggui-button{display:inline-flex;align-items:center;justify-content:center;gap:var(--ggui-spacing-2);position:relative;
max-width:100%;min-height:36px;padding:.375rem .875rem;border:1px solid transparent;border-radius:var(--ggui-shape-radius-lg);
font-size:var(--ggui-font-size-base);font-weight:var(--ggui-font-weight-medium);line-height:1.25;text-align:center;
text-decoration:none;cursor:pointer;user-select:none;-webkit-tap-highlight-color:transparent;touch-action:manipulation;
transition:var(--ggui-motion-transition-colors)}
.ggui-button-xs{min-height:24px;padding:.125rem .5rem;font-size:var(--ggui-font-size-xs,.75rem)}
.ggui-button-sm{min-height:30px;padding:.25rem .625rem;font-size:var(--ggui-font-size-sm)}
.ggui-button-lg{min-height:44px;padding:.5rem 1.25rem;font-size:var(--ggui-font-size-lg)}
.ggui-button-xl{min-height:52px;padding:.625rem 1.5rem;font-size:var(--ggui-font-size-xl)}
@media (pointer:coarse){.ggui-button{min-height:44px}.ggui-button-xs,.ggui-button-sm{min-height:36px}}
.ggui-button-primary{background:var(--ggui-color-primary-500);color:var(--ggui-color-onPrimary)}
.ggui-button-primary:hover:not(:disabled){background:color-mix(in srgb,var(--ggui-color-primary-500) 86%,var(--ggui-color-surface))}
.ggui-button-secondary{background:var(--ggui-color-surfaceVariant);color:var(--ggui-color-onSurface);
border-color:var(--ggui-color-outlineVariant)}
.ggui-button-secondary:hover:not(:disabled){background:color-mix(in srgb,var(--ggui-color-onSurface) 12%,var(--ggui-color-surface))}
.ggui-button-outline{background:transparent;color:var(--ggui-color-onSurface);border-color:var(--ggui-color-outline)}
.ggui-button-ghost{background:transparent;color:var(--ggui-color-onSurface)}
.ggui-button-outline:hover:not(:disabled),.ggui-button-ghost:hover:not(:disabled){
background:var(--ggui-color-surfaceVariant);background:color-mix(in srgb,var(--ggui-color-onSurface) 7%,transparent)}
.ggui-button-danger{background:var(--ggui-color-error-500);color:var(--ggui-color-onError)}
.ggui-button-danger:hover:not(:disabled){background:var(--ggui-color-error-600)}
.ggui-button:active:not(:disabled){transform:translateY(.5px)}
.ggui-button:disabled{cursor:not-allowed;opacity:.5}
.ggui-button[aria-busy=true]{cursor:progress;opacity:1}
.ggui-button-full{width:100%}
.ggui-button-busy{visibility:hidden;display:inline-flex;align-items:center;gap:inherit}
.ggui-button-spinner{position:absolute;inset:0;display:flex;align-items:center;justify-content:center}
.ggui-button-icon{display:inline-flex;flex:none}
`;

export interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "onClick"> {
  variant?: "primary" | "secondary" | "outline" | "ghost" | "danger";
  size?: "xs" | "sm" | "md" | "lg" | "xl";
  fullWidth?: boolean;
  loading?: boolean;
  leftIcon?: ReactNode;
  rightIcon?: ReactNode;
  onPress?: () => void;
  onClick?: ButtonHTMLAttributes<HTMLButtonElement>["onClick"];
}

/** An action. While `loading` it keeps its size and its focus but does nothing. */
export function Button(props: ButtonProps): ReactNode {
  const { variant = "primary", size = "md", fullWidth, loading, leftIcon, rightIcon, onPress, onClick, ...rest } = props;
  const { type = "button", className, children, disabled, ...attributes } = rest;
  const isBusy = loading === true;
  const content = (
    <>
      {leftIcon !== undefined && <span className="ggui-button-icon">{leftIcon}</span>}
      {children}
      {rightIcon !== undefined && <span className="ggui-button-icon">{rightIcon}</span>}
    </>
  );
  return (
    <button
      // A busy submit button must not submit a second time.
      type={isBusy ? "button" : type}
      disabled={disabled}
      aria-busy={isBusy || undefined}
      aria-disabled={isBusy || undefined}
      className={classes(
        "ggui-button",
        `ggui-button-${variant}`,
        size !== "md" && `ggui-button-${size}`,
        fullWidth === true && "ggui-button-full",
        className,
      )}
      onClick={(event) => {
        if (isBusy) return;
        onClick?.(event);
        onPress?.();
      }}
      {...attributes}
    >
      {isBusy ? (
        <>
          <span className="ggui-button-busy">{content}</span>
          <span className="ggui-sr">{children}</span>
          <span className="ggui-button-spinner" aria-hidden="true">
            <Spinner size={16} tone="inherit" />
          </span>
        </>
      ) : (
        content
      )}
    </button>
  );
}
