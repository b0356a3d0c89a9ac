import { type Styled } from "@ggui-ai/design";
import { classes, WORDS } from "@ggui-ai/design/internal.ts";
import {
  cloneElement, isValidElement, useEffect, useId, useRef, useState, type KeyboardEvent, type ReactElement, type ReactNode,
} from "react";

export const menuCss = `
.ggui-menu-item{display:flex;align-items:center;gap:var(--ggui-spacing-2);width:100%;min-height:34px;padding:.375rem .625rem;border:0;
border-radius:var(--ggui-shape-radius-md);background:none;color:inherit;font:inherit;text-align:start;text-decoration:none;cursor:pointer}
.ggui-menu-item:hover:not(:disabled),.ggui-menu-item:focus-visible{background:color-mix(in srgb,var(--ggui-color-onSurface) 8%,transparent)}
.ggui-menu-item:focus-visible{outline-offset:-2px}
.ggui-menu-item:disabled{opacity:.5;cursor:not-allowed}
.ggui-menu-item-active{background:color-mix(in srgb,var(--ggui-color-onSurface) 10%,transparent);font-weight:var(--ggui-font-weight-medium)}
.ggui-menu-item-danger{color:var(--ggui-color-error-600)}
.ggui-menu-label{flex:1;min-width:0}
.ggui-menu-icon{display:inline-flex;flex:none}
@media (pointer:coarse){.ggui-menu-item{min-height:44px}}
.ggui-dropdown{position:relative;display:inline-block;max-width:100%}
.ggui-popup{position:absolute;z-index:var(--ggui-zIndex-dropdown,1000);min-width:100%;width:max-content;max-width:min(20rem,90vw);max-height:min(18rem,60vh);
overflow-y:auto;margin:0;padding:4px;list-style:none;border:1px solid var(--ggui-color-outlineVariant);border-radius:var(--ggui-shape-radius-lg);
background:var(--ggui-color-container);color:var(--ggui-color-onContainer);box-shadow:var(--ggui-shape-shadow-lg);
animation:ggui-rise var(--ggui-motion-duration-fast) var(--ggui-motion-easing-default)}
.ggui-popup-bottom{top:calc(100% + 4px)}
.ggui-popup-top{bottom:calc(100% + 4px)}
.ggui-popup-start{inset-inline-start:0}
.ggui-popup-end{inset-inline-end:0}
.ggui-tickmark{flex:none;width:16px;height:16px}
`;

export interface MenuItemProps extends Omit<Styled, "children"> {
  label?: ReactNode;
  icon?: ReactNode;
  rightElement?: ReactNode;
  onClick?: () => void;
  disabled?: boolean;
  active?: boolean;
  danger?: boolean;
}

/** One line of a menu or a list of places. */
export function MenuItem({ label, icon, rightElement, onClick, disabled, active, danger, className, ...rest }: MenuItemProps): ReactNode {
  return (
    <button
      type="button"
      disabled={disabled}
      aria-current={active === true ? "true" : undefined}
      className={classes("ggui-menu-item", active === true && "ggui-menu-item-active", danger === true && "ggui-menu-item-danger", className)}
      onClick={() => onClick?.()}
      {...rest}
    >
      {icon !== undefined && <span className="ggui-menu-icon">{icon}</span>}
      <span className="ggui-menu-label">{label}</span>
      {rightElement}
    </button>
  );
}

export interface DropdownOption {
  value: string;
  label?: ReactNode;
  icon?: ReactNode;
  disabled?: boolean;
  danger?: boolean;
}

export interface DropdownProps extends Omit<Styled, "children"> {
  /** What opens it: words, or a button of the catalog. */
  trigger?: ReactNode;
  options: readonly DropdownOption[];
  value?: string;
  onChange?: (value: string) => void;
  placement?: "bottom-start" | "bottom-end" | "top-start" | "top-end" | "bottom" | "top";
}

/** A button with a menu (WAI-ARIA "Menu Button"): arrows, Home, End and letters move, Escape closes. */
export function Dropdown({ trigger, options, value, onChange, placement = "bottom-start", className, ...rest }: DropdownProps): ReactNode {
  const id = useId();
  const frame = useRef<HTMLDivElement>(null);
  const menu = useRef<HTMLUListElement>(null);
  const [isOpen, setOpen] = useState(false);
  const first = useRef<"first" | "last">("first");
  const [edge, side = "start"] = placement.split("-");

  useEffect(() => {
    if (!isOpen) return;
    const items = entries();
    (items.find((item) => item.getAttribute("aria-checked") === "true") ?? items[first.current === "first" ? 0 : items.length - 1])?.focus();
    const away = (event: PointerEvent): void => {
      if (frame.current?.contains(event.target as Node) === false) setOpen(false);
    };
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, [isOpen]);

  function entries(): HTMLElement[] {
    return [...(menu.current?.querySelectorAll<HTMLElement>("button:not(:disabled)") ?? [])];
  }

  function close(): void {
    setOpen(false);
    frame.current?.querySelector<HTMLElement>("[aria-haspopup]")?.focus();
  }

  function onTriggerKey(event: KeyboardEvent): void {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    first.current = event.key === "ArrowDown" ? "first" : "last";
    setOpen(true);
  }

  function onMenuKey(event: KeyboardEvent): void {
    const items = entries();
    const at = items.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      items[(to + items.length) % items.length]?.focus();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      close();
    } else if (event.key === "Tab") setOpen(false);
    else if (event.key.length === 1 && event.key !== " ") {
      const next = [...items.slice(at + 1), ...items.slice(0, at + 1)];
      next.find((item) => item.textContent.trim().toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
    }
  }

  const opener = {
    "aria-haspopup": "menu" as const,
    "aria-expanded": isOpen,
    "aria-controls": isOpen ? id : undefined,
    onClick: () => {
      first.current = "first";
      setOpen(!isOpen);
    },
    onKeyDown: onTriggerKey,
  };
  return (
    <div ref={frame} className={classes("ggui-dropdown", className)} {...rest}>
      {isValidElement(trigger) ? (
        cloneElement(trigger as ReactElement<Record<string, unknown>>, opener)
      ) : (
        <button type="button" className="ggui-button ggui-button-secondary" {...opener}>
          {trigger ?? options.find((option) => option.value === value)?.label ?? WORDS.choose}
        </button>
      )}
      {isOpen && (
        <ul ref={menu} id={id} role="menu" className={`ggui-popup ggui-popup-${edge} ggui-popup-${side}`} onKeyDown={onMenuKey}>
          {options.map((option) => (
            <li key={option.value} role="none">
              <button
                type="button"
                role={value === undefined ? "menuitem" : "menuitemradio"}
                aria-checked={value === undefined ? undefined : option.value === value}
                tabIndex={-1}
                disabled={option.disabled}
                className={classes("ggui-menu-item", option.danger === true && "ggui-menu-item-danger")}
                onClick={() => {
                  onChange?.(option.value);
                  close();
                }}
              >
                {option.icon !== undefined && <span className="ggui-menu-icon">{option.icon}</span>}
                <span className="ggui-menu-label">{option.label ?? option.value}</span>
                {value !== undefined && <Tickmark isShown={option.value === value} />}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** Marks what is chosen; keeps its place otherwise. */
export function Tickmark({ isShown }: { isShown: boolean }): ReactNode {
  return (
    <svg className="ggui-tickmark" viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      {isShown && <path d="m3.5 8.25 3 3 6-6.5" strokeLinecap="round" strokeLinejoin="round" />}
    </svg>
  );
}

