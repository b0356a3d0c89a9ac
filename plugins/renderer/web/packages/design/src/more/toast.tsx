import { type Styled } from "@ggui-ai/design";
import { classes, Close, StatusIcon, type Status } from "@ggui-ai/design/internal.ts";
import { useEffect, useRef, useState, type ReactNode } from "react";

export const toastCss = `
.ggui-toast{position:fixed;z-index:var(--ggui-zIndex-toast,1700);display:flex;align-items:flex-start;gap:var(--ggui-spacing-3);
width:max-content;max-width:min(26rem,calc(100vw - 24px));padding:var(--ggui-spacing-3) var(--ggui-spacing-4);
border:1px solid var(--ggui-color-outlineVariant);border-radius:var(--ggui-shape-radius-lg);background:var(--ggui-color-container);
color:var(--ggui-color-onContainer);box-shadow:var(--ggui-shape-shadow-lg);line-height:1.45;
animation:ggui-rise var(--ggui-motion-duration-normal) var(--ggui-motion-easing-default)}
.ggui-toast-top{top:12px}
.ggui-toast-bottom{bottom:12px}
.ggui-toast-center{left:50%;translate:-50%}
.ggui-toast-start{inset-inline-start:12px}
.ggui-toast-end{inset-inline-end:12px}
.ggui-toast-body{flex:1;min-width:0}
.ggui-toast .ggui-close{margin:-.125rem -.375rem -.125rem 0}
.ggui-toast-icon-success{color:var(--ggui-color-success-600)}
.ggui-toast-icon-warning{color:var(--ggui-color-warning-600)}
.ggui-toast-icon-error{color:var(--ggui-color-error-600)}
.ggui-toast-icon-info{color:var(--ggui-color-info-600)}
`;

type Corner = "top" | "bottom" | "top-left" | "top-right" | "bottom-left" | "bottom-right" | "top-center" | "bottom-center";

export interface ToastProps extends Omit<Styled, "children" | "title"> {
  message?: ReactNode;
  variant?: Status | "default";
  title?: ReactNode;
  /** Milliseconds until it goes; 0 keeps it. It stays while the pointer or the focus is on it. */
  duration?: number;
  onClose?: () => void;
  visible?: boolean;
  position?: Corner;
}

/** A notice over the page that goes by itself; announced at once when it is an error. */
export function Toast(props: ToastProps): ReactNode {
  const { message, variant = "info", title, duration = 5000, onClose, visible = true, position = "bottom-right", className, ...rest } = props;
  const [isHeld, setHeld] = useState(false);
  const [isGone, setGone] = useState(false);
  const close = useRef(onClose);
  useEffect(() => {
    close.current = onClose;
  });
  useEffect(() => setGone(false), [visible, message]);
  const isShown = visible && !isGone;
  useEffect(() => {
    if (!isShown || isHeld || duration <= 0) return;
    const timer = setTimeout(() => {
      setGone(true);
      close.current?.();
    }, duration);
    return () => clearTimeout(timer);
  }, [isShown, isHeld, duration, message]);
  if (!isShown) return null;
  const status = variant === "default" ? "info" : variant;
  const [edge, corner = "center"] = position.split("-");
  return (
    <div
      role={status === "error" ? "alert" : "status"}
      className={classes("ggui-toast", `ggui-toast-${edge}`, `ggui-toast-${SIDES[corner] ?? corner}`, className)}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
      {...rest}
    >
      <span className={`ggui-alert-icon ggui-toast-icon-${status}`}>
        <StatusIcon status={status} />
      </span>
      <div className="ggui-toast-body">
        {title !== undefined && <div className="ggui-alert-title">{title}</div>}
        {message}
      </div>
      <Close
        onClose={() => {
          setGone(true);
          onClose?.();
        }}
      />
    </div>
  );
}

const SIDES: Readonly<Record<string, string>> = { left: "start", right: "end" };
