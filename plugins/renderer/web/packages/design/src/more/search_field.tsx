import { Button, Input, type Styled } from "@ggui-ai/design";
import { classes, WORDS } from "@ggui-ai/design/internal.ts";
import { useState, type ReactNode } from "react";

export const searchFieldCss = `
.ggui-search{display:flex;gap:var(--ggui-spacing-2);align-items:center;min-width:0}
.ggui-search-box{position:relative;flex:1;min-width:0;display:flex}
.ggui-search-box>svg{position:absolute;inset-inline-start:.625rem;top:50%;margin-top:-8px;pointer-events:none;color:var(--ggui-color-onSurfaceVariant)}
.ggui-search-box .ggui-control{padding-inline-start:2rem}
`;

export interface SearchFieldProps extends Omit<Styled, "children"> {
  value?: string;
  onChange?: (value: string) => void;
  onSearch?: (value: string) => void;
  placeholder?: string;
  showButton?: boolean;
  buttonText?: string;
  loading?: boolean;
  disabled?: boolean;
  size?: "sm" | "md" | "lg";
}

/** A field for what is looked for; Enter or the button start the search. */
export function SearchField(props: SearchFieldProps): ReactNode {
  const { value, onChange, onSearch, placeholder, showButton, buttonText, loading, disabled, size = "md", className, ...rest } = props;
  const { ["aria-label"]: label = WORDS.search, ...attributes } = rest;
  const [own, setOwn] = useState("");
  const text = value ?? own;
  return (
    <div role="search" className={classes("ggui-search", className)} {...attributes}>
      <div className="ggui-search-box">
        <Input
          type="search"
          aria-label={String(label)}
          value={text}
          placeholder={placeholder ?? `${WORDS.search}…`}
          disabled={disabled}
          size={size}
          onChange={(next) => {
            setOwn(next);
            onChange?.(next);
          }}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            event.preventDefault();
            onSearch?.(text);
          }}
        />
        <svg width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" aria-hidden="true">
          <path d="M7 12.25a5.25 5.25 0 1 0 0-10.5 5.25 5.25 0 0 0 0 10.5ZM11 11l3.25 3.25" />
        </svg>
      </div>
      {showButton === true && (
        <Button variant="secondary" size={size} loading={loading} disabled={disabled} onPress={() => onSearch?.(text)}>
          {buttonText ?? WORDS.search}
        </Button>
      )}
    </div>
  );
}
