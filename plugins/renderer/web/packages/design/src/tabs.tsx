import { useId, useRef, useState, type KeyboardEvent, type ReactNode } from "react";

import { isRightToLeft } from "./locale.ts";
import { classes } from "./scales.ts";
import type { Styled } from "./styled.ts";

export const tabsCss = `
.ggui-tabs{display:flex;flex-direction:column;gap:var(--ggui-spacing-4);min-width:0}
.ggui-tabs-list{display:flex;gap:var(--ggui-spacing-1);overflow-x:auto;scrollbar-width:none;padding:3px;margin:-3px}
.ggui-tabs-line{border-bottom:1px solid var(--ggui-color-outlineVariant);padding-bottom:0;margin-bottom:0}
.ggui-tab{display:inline-flex;align-items:center;justify-content:center;gap:.5em;flex:none;min-height:36px;padding:.375rem .75rem;border:0;
border-radius:var(--ggui-shape-radius-lg);background:none;color:var(--ggui-color-onSurfaceVariant);
font-size:var(--ggui-font-size-base);font-weight:var(--ggui-font-weight-medium);line-height:1.25;cursor:pointer;
transition:var(--ggui-motion-transition-colors)}
.ggui-tab:hover:not(:disabled){color:var(--ggui-color-onSurface)}
.ggui-tab:disabled{opacity:.5;cursor:not-allowed}
.ggui-tab[aria-selected=true]{color:var(--ggui-color-onSurface)}
.ggui-tabs-sm .ggui-tab{min-height:30px;padding:.25rem .625rem;font-size:var(--ggui-font-size-sm)}
.ggui-tabs-lg .ggui-tab{min-height:44px;padding:.5rem 1rem;font-size:var(--ggui-font-size-lg)}
.ggui-tabs-full .ggui-tab{flex:1 0 auto}
.ggui-tabs-line .ggui-tab{border-radius:var(--ggui-shape-radius-md) var(--ggui-shape-radius-md) 0 0}
.ggui-tabs-line .ggui-tab[aria-selected=true]{box-shadow:inset 0 -2px var(--ggui-color-primary-500)}
.ggui-tabs-pills .ggui-tab[aria-selected=true]{background:var(--ggui-color-primary-500);color:var(--ggui-color-onPrimary)}
.ggui-tabs-enclosed{padding:3px;margin:0;align-self:flex-start;max-width:100%;border-radius:var(--ggui-shape-radius-xl);
background:var(--ggui-color-surfaceVariant)}
.ggui-tabs-full .ggui-tabs-enclosed{align-self:stretch}
.ggui-tabs-enclosed .ggui-tab[aria-selected=true]{background:var(--ggui-color-container);color:var(--ggui-color-onContainer);
box-shadow:var(--ggui-shape-shadow-sm),0 0 0 1px var(--ggui-color-outlineVariant)}
@media (pointer:coarse){.ggui-tab{min-height:44px}}
@media (forced-colors:active){.ggui-tab[aria-selected=true]{outline:2px solid Highlight;outline-offset:-2px}}
`;

export interface TabItem {
  key: string;
  label: ReactNode;
  content?: ReactNode;
  disabled?: boolean;
  icon?: ReactNode;
}

export interface TabsProps extends Omit<Styled, "children"> {
  items: readonly TabItem[];
  activeKey?: string;
  onChange?: (key: string) => void;
  variant?: "line" | "pills" | "enclosed";
  size?: "sm" | "md" | "lg";
  fullWidth?: boolean;
}

/** Several views in one place. Arrow keys, Home and End move between the tabs (WAI-ARIA "Tabs"). */
export function Tabs(props: TabsProps): ReactNode {
  const { items, activeKey, onChange, variant = "line", size = "md", fullWidth, className, ...rest } = props;
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const [own, setOwn] = useState<string>();
  const wanted = activeKey ?? own;
  const active = items.find((item) => item.key === wanted) ?? items.find((item) => item.disabled !== true) ?? items[0];

  function choose(key: string): void {
    setOwn(key);
    onChange?.(key);
  }

  function move(event: KeyboardEvent<HTMLDivElement>): void {
    const open = items.filter((item) => item.disabled !== true);
    const at = open.findIndex((item) => item.key === active?.key);
    const step = isRightToLeft(event.currentTarget) ? -1 : 1;
    const to = { ArrowRight: at + step, ArrowLeft: at - step, Home: 0, End: open.length - 1 }[event.key];
    const next = to === undefined ? undefined : open[(to + open.length) % open.length];
    if (next === undefined) return;
    event.preventDefault();
    choose(next.key);
    list.current?.querySelectorAll<HTMLElement>("[role=tab]")[items.indexOf(next)]?.focus();
  }

  return (
    <div className={classes("ggui-tabs", size !== "md" && `ggui-tabs-${size}`, fullWidth === true && "ggui-tabs-full", className)} {...tabless(rest)}>
      <div ref={list} role="tablist" aria-label={rest["aria-label"] as string | undefined} className={`ggui-tabs-list ggui-tabs-${variant}`} onKeyDown={move}>
        {items.map((item) => (
          <button
            key={item.key}
            type="button"
            role="tab"
            id={`${id}-${item.key}`}
            className="ggui-tab"
            aria-selected={item === active}
            aria-controls={item === active ? `${id}-panel` : undefined}
            tabIndex={item === active ? 0 : -1}
            disabled={item.disabled}
            onClick={() => choose(item.key)}
          >
            {item.icon}
            {item.label}
          </button>
        ))}
      </div>
      {active !== undefined && (
        <div key={active.key} role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${active.key}`} tabIndex={0}>
          {active.content}
        </div>
      )}
    </div>
  );
}

function tabless<T extends object>(rest: T): Omit<T, "aria-label"> {
  const { ["aria-label" as keyof T]: _, ...others } = rest;
  return others as Omit<T, "aria-label">;
}
