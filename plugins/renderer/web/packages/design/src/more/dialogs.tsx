import { Heading, Spinner, Text, type Styled } from "@ggui-ai/design";
import { classes, Close, WORDS } from "@ggui-ai/design/internal.ts";
import { useEffect, useId, useLayoutEffect, useRef, useState, type ReactNode, type RefObject } from "react";

import { nextInList } from "./listbox.tsx";

export const dialogsCss = `
.ggui-dialog{width:min(32rem,calc(100vw - 24px));max-height:calc(100dvh - 24px);padding:0;border:1px solid var(--ggui-color-outlineVariant);
border-radius:var(--ggui-shape-radius-xl);background:var(--ggui-color-container);color:var(--ggui-color-onContainer);box-shadow:var(--ggui-shape-shadow-xl);
flex-direction:column;overflow:hidden}
.ggui-dialog[open]{display:flex;animation:ggui-rise var(--ggui-motion-duration-fast) var(--ggui-motion-easing-default)}
.ggui-dialog::backdrop{background:rgba(0,0,0,.45)}
.ggui-dialog-sm{width:min(24rem,calc(100vw - 24px))}
.ggui-dialog-lg{width:min(48rem,calc(100vw - 24px))}
.ggui-dialog-xl{width:min(64rem,calc(100vw - 24px))}
.ggui-dialog-full{width:calc(100vw - 24px)}
.ggui-dialog-head{padding:var(--ggui-spacing-4) var(--ggui-spacing-5) 0;padding-inline-end:3rem}
.ggui-dialog-body{padding:var(--ggui-spacing-4) var(--ggui-spacing-5) var(--ggui-spacing-5);overflow-y:auto;min-height:0}
.ggui-dialog-foot{display:flex;flex-wrap:wrap;justify-content:flex-end;gap:var(--ggui-spacing-2);padding:var(--ggui-spacing-3) var(--ggui-spacing-5);
border-top:1px solid var(--ggui-color-outlineVariant);background:var(--ggui-color-surface)}
.ggui-dialog-close{position:absolute;inset-block-start:12px;inset-inline-end:12px}
.ggui-palette-field{width:100%;padding:var(--ggui-spacing-4) var(--ggui-spacing-5);border:0;border-bottom:1px solid var(--ggui-color-outlineVariant);background:none;font-size:var(--ggui-font-size-lg)}
.ggui-palette-field:focus-visible{outline-offset:-2px}
.ggui-palette-list{padding:6px;overflow-y:auto;max-height:20rem}
.ggui-palette-group{padding:.375rem .625rem;font-size:var(--ggui-font-size-sm);color:var(--ggui-color-onSurfaceVariant)}
.ggui-palette-key{margin-inline-start:auto;font-family:var(--ggui-font-family-mono);font-size:var(--ggui-font-size-sm);color:var(--ggui-color-onSurfaceVariant)}
`;

const MARGIN_PX = 12;
/** Views as high as this are shown as a part of a long page; the middle of such a view may be out of sight. */
const TALL_VIEW_PX = 900;

/**
 * Shows a dialog over the page while it is open. The browser keeps the focus inside, and gives it back.
 *
 * A view is as high as its card, so a low card grows to hold the dialog, and in a high one it stands near what opened it.
 */
function useDialog(isOpen: boolean): RefObject<HTMLDialogElement | null> {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const element = dialog.current;
    if (!isOpen || element === null) return;
    const opener = document.activeElement;
    const from = opener?.getBoundingClientRect().top ?? 0;
    element.showModal();
    const fit = (): void => {
      const height = element.offsetHeight;
      document.body.style.minHeight = `${height + 2 * MARGIN_PX}px`;
      const room = innerHeight - height - MARGIN_PX;
      if (innerHeight >= TALL_VIEW_PX && room > MARGIN_PX) element.style.marginTop = `${Math.max(MARGIN_PX, Math.min(from - height / 2, room))}px`;
    };
    const observer = new ResizeObserver(fit);
    observer.observe(element);
    fit();
    return () => {
      observer.disconnect();
      element.style.marginTop = "";
      document.body.style.minHeight = "";
      element.close();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, [isOpen]);
  return dialog;
}

export interface ModalProps extends Omit<Styled, "title"> {
  open: boolean;
  onClose?: () => void;
  title?: ReactNode;
  footer?: ReactNode;
  size?: "sm" | "md" | "lg" | "xl" | "full";
  closeOnOverlayClick?: boolean;
  closeOnEscape?: boolean;
  showCloseButton?: boolean;
}

/** A dialog over the page (WAI-ARIA "Dialog (Modal)"): the focus stays inside and returns to where it was. */
export function Modal(props: ModalProps): ReactNode {
  const { open, onClose, title, footer, size = "md", closeOnOverlayClick = true, closeOnEscape = true, showCloseButton = true, className, children, ...rest } = props;
  const id = useId();
  const dialog = useDialog(open);
  if (!open) return null;
  return (
    <dialog
      ref={dialog}
      aria-labelledby={title === undefined ? undefined : id}
      className={classes("ggui-dialog", size !== "md" && `ggui-dialog-${size}`, className)}
      onCancel={(event) => {
        event.preventDefault();
        if (closeOnEscape) onClose?.();
      }}
      onClick={(event) => {
        if (closeOnOverlayClick && event.target === event.currentTarget) onClose?.();
      }}
      {...rest}
    >
      {title !== undefined && (
        <div className="ggui-dialog-head">
          <Heading level={2} id={id} style={{ fontSize: "var(--ggui-font-size-xl)" }}>
            {title}
          </Heading>
        </div>
      )}
      <div className="ggui-dialog-body">{children}</div>
      {footer !== undefined && <div className="ggui-dialog-foot">{footer}</div>}
      {/* Last, so that what the dialog is about gets the focus first. */}
      {showCloseButton && (
        <span className="ggui-dialog-close">
          <Close label={WORDS.close} onClose={onClose} />
        </span>
      )}
    </dialog>
  );
}

export interface PaletteCommand {
  id: string;
  label: string;
  description?: string;
  icon?: ReactNode;
  shortcut?: string;
  group?: string;
  keywords?: readonly string[];
  disabled?: boolean;
}

export interface CommandPaletteProps extends Omit<Styled, "children"> {
  open: boolean;
  onClose?: () => void;
  commands: readonly PaletteCommand[];
  onSelect?: (id: string) => void;
  placeholder?: string;
  /** Shown first while nothing is typed. */
  recentIds?: readonly string[];
  loading?: boolean;
}

/** Finds a command by its words (WAI-ARIA "Combobox" in a dialog). */
export function CommandPalette(props: CommandPaletteProps): ReactNode {
  const { open, onClose, commands, onSelect, placeholder = WORDS.search, recentIds = [], loading, className, ...rest } = props;
  const id = useId();
  const dialog = useDialog(open);
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  useEffect(() => {
    if (!open) return;
    setText("");
    setActive(0);
  }, [open]);
  useEffect(() => {
    document.getElementById(`${id}-${active}`)?.scrollIntoView({ block: "nearest" });
  }, [id, active]);
  if (!open) return null;
  const groups = grouped(commands, text, recentIds);
  const found = groups.flatMap(([, inside]) => inside);

  function choose(command: PaletteCommand | undefined): void {
    if (command === undefined || command.disabled === true) return;
    onSelect?.(command.id);
    onClose?.();
  }

  return (
    <dialog
      ref={dialog}
      aria-label={WORDS.commands}
      className={classes("ggui-dialog", className)}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget) onClose?.();
      }}
      {...rest}
    >
      <input
        className="ggui-palette-field"
        role="combobox"
        aria-label={placeholder}
        aria-expanded={found.length > 0}
        aria-controls={id}
        aria-autocomplete="list"
        aria-activedescendant={found.length > 0 ? `${id}-${active}` : undefined}
        placeholder={placeholder}
        value={text}
        autoFocus
        onChange={(event) => {
          setText(event.target.value);
          setActive(0);
        }}
        onKeyDown={(event) => {
          const next = nextInList(event, active, found.length);
          if (next !== undefined) {
            event.preventDefault();
            setActive(next);
          } else if (event.key === "Enter") {
            event.preventDefault();
            choose(found[active]);
          }
        }}
      />
      <div id={id} role="listbox" aria-label={WORDS.commands} className="ggui-palette-list">
        {groups.map(([name, inside]) => (
          <div key={name} role="group" aria-label={name === "" ? undefined : name}>
            {name !== "" && <div className="ggui-palette-group" aria-hidden="true">{name}</div>}
            {inside.map((command) => {
              const index = found.indexOf(command);
              return (
                <div
                  key={command.id}
                  id={`${id}-${index}`}
                  role="option"
                  aria-selected={index === active}
                  aria-disabled={command.disabled || undefined}
                  data-active={index === active || undefined}
                  className="ggui-option"
                  onPointerMove={() => setActive(index)}
                  onClick={() => choose(command)}
                >
                  {command.icon}
                  <span>{command.label}</span>
                  {command.description !== undefined && <Text is="span" size="sm" tone="muted">{command.description}</Text>}
                  {command.shortcut !== undefined && <kbd className="ggui-palette-key">{command.shortcut}</kbd>}
                </div>
              );
            })}
          </div>
        ))}
      </div>
      <div role="status" className={found.length > 0 ? "ggui-sr" : "ggui-option-note"}>
        {loading === true ? <Spinner size={16} /> : found.length === 0 ? WORDS.noCommands : WORDS.results(found.length)}
      </div>
    </dialog>
  );
}

/** What fits, by group; recent ones are a group of their own while nothing is looked for. */
function grouped(commands: readonly PaletteCommand[], text: string, recentIds: readonly string[]): [string, PaletteCommand[]][] {
  const wanted = text.trim().toLocaleLowerCase().split(/\s+/);
  const fits = (command: PaletteCommand): boolean => {
    const words = [command.label, command.description ?? "", command.group ?? "", ...(command.keywords ?? [])].join(" ").toLocaleLowerCase();
    return wanted.every((part) => words.includes(part));
  };
  const recent = text.trim() === "" ? recentIds.flatMap((id) => commands.filter((command) => command.id === id)) : [];
  const groups = new Map<string, PaletteCommand[]>(recent.length > 0 ? [[WORDS.recent, recent]] : []);
  for (const command of commands.filter(fits)) {
    if (recent.includes(command)) continue;
    const group = command.group ?? "";
    groups.set(group, [...(groups.get(group) ?? []), command]);
  }
  return [...groups];
}
