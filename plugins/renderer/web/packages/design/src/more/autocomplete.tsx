import { Input, Spinner, type Styled } from "@ggui-ai/design";
import { classes, WORDS } from "@ggui-ai/design/internal.ts";
import { useEffect, useId, useRef, useState, type ReactNode } from "react";

import { nextInList } from "./listbox.tsx";

export const autocompleteCss = `
.ggui-autocomplete{position:relative;min-width:0}
.ggui-option{display:flex;align-items:center;gap:var(--ggui-spacing-2);min-height:34px;padding:.375rem .625rem;border-radius:var(--ggui-shape-radius-md);cursor:pointer}
.ggui-option[data-active]{background:color-mix(in srgb,var(--ggui-color-onSurface) 9%,transparent)}
.ggui-option[aria-disabled=true]{opacity:.5;cursor:not-allowed}
.ggui-option-note{padding:.5rem .625rem;color:var(--ggui-color-onSurfaceVariant)}
@media (pointer:coarse){.ggui-option{min-height:44px}}
@media (forced-colors:active){.ggui-option[data-active]{outline:2px solid Highlight;outline-offset:-2px}}
`;

export interface AutocompleteOption {
  value: string;
  label?: string;
  description?: ReactNode;
  disabled?: boolean;
}

export interface AutocompleteProps extends Omit<Styled, "children"> {
  value?: string;
  onChange?: (text: string) => void;
  onSelect?: (value: string) => void;
  options: readonly (AutocompleteOption | string)[];
  placeholder?: string;
  label?: string;
  loading?: boolean;
  error?: string;
  noResultsText?: string;
  disabled?: boolean;
  required?: boolean;
}

/** A text field that offers what fits (WAI-ARIA "Combobox" with a list). */
export function Autocomplete(props: AutocompleteProps): ReactNode {
  const { value, onChange, onSelect, options, placeholder, label, loading, error, noResultsText, disabled, required, className, ...rest } = props;
  const id = useId();
  const frame = useRef<HTMLDivElement>(null);
  const [own, setOwn] = useState("");
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const text = value ?? own;
  const known = options.map((option) => (typeof option === "string" ? { value: option } : option) as AutocompleteOption);
  const isWhole = known.some((option) => labelOf(option) === text);
  const wanted = text.trim().toLocaleLowerCase();
  const found = wanted === "" || isWhole ? known : known.filter((option) => labelOf(option).toLocaleLowerCase().includes(wanted));
  const shows = isOpen && (found.length > 0 || text !== "" || loading === true);

  useEffect(() => {
    if (shows && active >= 0) document.getElementById(`${id}-${active}`)?.scrollIntoView({ block: "nearest" });
  }, [id, shows, active]);

  function change(next: string): void {
    setOwn(next);
    setActive(-1);
    setOpen(true);
    onChange?.(next);
  }

  function select(option: AutocompleteOption | undefined): void {
    if (option === undefined || option.disabled === true) return;
    setOwn(labelOf(option));
    onChange?.(labelOf(option));
    onSelect?.(option.value);
    setOpen(false);
    setActive(-1);
  }

  return (
    <div
      ref={frame}
      className={classes("ggui-autocomplete", className)}
      onBlur={(event) => {
        if (frame.current?.contains(event.relatedTarget as Node | null) !== true) setOpen(false);
      }}
      {...rest}
    >
      <Input
        role="combobox"
        autoComplete="off"
        label={label}
        aria-label={label === undefined ? placeholder : undefined}
        value={text}
        placeholder={placeholder}
        disabled={disabled}
        required={required}
        error={error}
        aria-expanded={shows}
        aria-controls={shows ? id : undefined}
        aria-autocomplete="list"
        aria-activedescendant={shows && active >= 0 ? `${id}-${active}` : undefined}
        onChange={change}
        onClick={() => setOpen(true)}
        onKeyDown={(event) => {
          const next = nextInList(event, active, found.length);
          if (next !== undefined) {
            event.preventDefault();
            setOpen(true);
            setActive(next);
          } else if (event.key === "Enter" && shows && active >= 0) {
            event.preventDefault();
            select(found[active]);
          } else if (event.key === "Escape" && shows) {
            event.stopPropagation();
            setOpen(false);
          }
        }}
      />
      {shows && (
        <div className="ggui-popup ggui-popup-bottom ggui-popup-start">
          <div id={id} role="listbox" aria-label={label ?? placeholder ?? WORDS.search}>
            {found.map((option, index) => (
              <div
                key={option.value}
                id={`${id}-${index}`}
                role="option"
                aria-selected={labelOf(option) === text}
                aria-disabled={option.disabled || undefined}
                data-active={index === active || undefined}
                className="ggui-option"
                onPointerDown={(event) => event.preventDefault()}
                onPointerMove={() => setActive(index)}
                onClick={() => select(option)}
              >
                <span className="ggui-menu-label">{labelOf(option)}</span>
                {option.description}
              </div>
            ))}
          </div>
          {found.length === 0 && (
            <div className="ggui-option-note" role="status">
              {loading === true ? <Spinner size={16} /> : (noResultsText ?? WORDS.noResults)}
            </div>
          )}
        </div>
      )}
    </div>
  );
}

function labelOf(option: AutocompleteOption): string {
  return option.label ?? option.value;
}
