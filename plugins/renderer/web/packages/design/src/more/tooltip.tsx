import { type Styled } from "@ggui-ai/design";
import { classes } from "@ggui-ai/design/internal.ts";
import { cloneElement, isValidElement, useEffect, useId, useLayoutEffect, useRef, useState, type ReactElement, type ReactNode } from "react";

export const tooltipCss = `
.ggui-tooltip{position:relative;display:inline-flex;max-width:100%}
.ggui-tooltip-text{position:absolute;z-index:var(--ggui-zIndex-tooltip,1800);width:max-content;max-width:min(16rem,80vw);
padding:.25rem .5rem;border-radius:var(--ggui-shape-radius-lg);background:var(--ggui-color-onSurface);color:var(--ggui-color-surface);
font-size:var(--ggui-font-size-sm);font-weight:var(--ggui-font-weight-normal);line-height:1.4;text-align:start;white-space:normal}
.ggui-tooltip-top,.ggui-tooltip-bottom{left:50%;transform:translateX(calc(-50% + var(--shift,0px)))}
.ggui-tooltip-top{bottom:calc(100% + 6px)}
.ggui-tooltip-bottom{top:calc(100% + 6px)}
.ggui-tooltip-start,.ggui-tooltip-end{top:50%;transform:translateY(-50%)}
.ggui-tooltip-start{inset-inline-end:calc(100% + 6px)}
.ggui-tooltip-end{inset-inline-start:calc(100% + 6px)}
@media (forced-colors:active){.ggui-tooltip-text{border:1px solid}}
`;

const SIDES: Readonly<Record<string, string>> = { left: "start", right: "end" };

export interface TooltipProps extends Styled {
  content: ReactNode;
  position?: "top" | "bottom" | "left" | "right" | "start" | "end";
  /** Milliseconds until it shows under a pointer; the keyboard need not wait. */
  delay?: number;
}

/** A few words about what is under the pointer or has the focus; Escape takes them away. */
export function Tooltip({ content, position = "top", delay = 200, className, children, ...rest }: TooltipProps): ReactNode {
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const frame = useRef<HTMLSpanElement>(null);
  const text = useRef<HTMLSpanElement>(null);
  const side = SIDES[position] ?? position;

  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    if (!isOpen) return;
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === "Escape") setOpen(false);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [isOpen]);
  useLayoutEffect(() => {
    if (isOpen && text.current !== null && frame.current !== null) fit(text.current, frame.current, side);
  }, [isOpen, side]);

  function show(afterMs: number): void {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setOpen(true), afterMs);
  }

  function hide(): void {
    clearTimeout(timer.current);
    setOpen(false);
  }

  return (
    <span
      ref={frame}
      className={classes("ggui-tooltip", className)}
      onPointerEnter={(event) => event.pointerType === "mouse" && show(delay)}
      onPointerLeave={hide}
      onFocus={() => show(0)}
      onBlur={hide}
      {...rest}
    >
      {described(children, id)}
      <span ref={text} id={id} role="tooltip" hidden={!isOpen} className={`ggui-tooltip-text ggui-tooltip-${side}`}>
        {content}
      </span>
    </span>
  );
}

/** The words belong to what they are about, whether they show or not. */
function described(children: ReactNode, id: string): ReactNode {
  if (!isValidElement(children)) return children;
  return cloneElement(children as ReactElement<Record<string, unknown>>, { "aria-describedby": id });
}

/** Below instead of above where there is no room, and never beyond the edges of the view. */
function fit(text: HTMLElement, frame: HTMLElement, side: string): void {
  text.style.removeProperty("--shift");
  if (side !== "top" && side !== "bottom") return;
  const needed = text.offsetHeight + 8;
  const { top, bottom } = frame.getBoundingClientRect();
  const isAbove = side === "top" ? top >= needed || innerHeight - bottom < needed : innerHeight - bottom < needed && top >= needed;
  text.className = `ggui-tooltip-text ggui-tooltip-${isAbove ? "top" : "bottom"}`;
  const { left, right } = text.getBoundingClientRect();
  const shift = left < 4 ? 4 - left : right > innerWidth - 4 ? innerWidth - 4 - right : 0;
  if (shift !== 0) text.style.setProperty("--shift", `${shift}px`);
}
