import { type Styled } from "@ggui-ai/design";
import { classes } from "@ggui-ai/design/internal.ts";
import { useId, useState, type ReactNode } from "react";

export const accordionCss = `
.ggui-accordion{display:flex;flex-direction:column;min-width:0}
.ggui-accordion-item{border-bottom:1px solid var(--ggui-color-outlineVariant)}
.ggui-accordion-item:last-child{border-bottom:0}
.ggui-accordion-bordered,.ggui-accordion-separated .ggui-accordion-item{border:1px solid var(--ggui-color-outlineVariant);
border-radius:var(--ggui-shape-radius-lg);overflow:clip}
.ggui-accordion-separated{gap:var(--ggui-spacing-2)}
.ggui-accordion-head{margin:0;font:inherit}
.ggui-accordion-button{display:flex;align-items:center;gap:var(--ggui-spacing-2);width:100%;min-height:44px;padding:var(--ggui-spacing-2) 0;
border:0;background:none;text-align:start;font-weight:var(--ggui-font-weight-medium);cursor:pointer;border-radius:var(--ggui-shape-radius-md)}
.ggui-accordion-button:focus-visible{outline-offset:-2px}
.ggui-accordion-button:disabled{opacity:.5;cursor:not-allowed}
.ggui-accordion-bordered .ggui-accordion-button,.ggui-accordion-separated .ggui-accordion-button{padding-inline:var(--ggui-spacing-3)}
.ggui-accordion-bordered .ggui-accordion-panel,.ggui-accordion-separated .ggui-accordion-panel{padding-inline:var(--ggui-spacing-3)}
.ggui-accordion-panel{padding-bottom:var(--ggui-spacing-4)}
.ggui-chevron{flex:none;margin-inline-start:auto;color:var(--ggui-color-onSurfaceVariant);
transition:transform var(--ggui-motion-duration-fast) var(--ggui-motion-easing-default)}
[aria-expanded=true]>.ggui-chevron{transform:rotate(180deg)}
`;

export interface AccordionItem {
  key: string;
  label?: ReactNode;
  title?: ReactNode;
  content?: ReactNode;
  disabled?: boolean;
  icon?: ReactNode;
}

export interface AccordionProps extends Omit<Styled, "children"> {
  items: readonly AccordionItem[];
  expandedKeys?: readonly string[];
  onChange?: (keys: string[]) => void;
  multiple?: boolean;
  variant?: "default" | "bordered" | "separated";
}

/** Sections that open and close (WAI-ARIA "Accordion"); one at a time unless `multiple`. */
export function Accordion({ items, expandedKeys, onChange, multiple, variant = "default", className, ...rest }: AccordionProps): ReactNode {
  const id = useId();
  const [own, setOwn] = useState<readonly string[]>([]);
  const expanded = expandedKeys ?? own;

  function toggle(key: string): void {
    const others = multiple === true ? expanded.filter((other) => other !== key) : [];
    const next = expanded.includes(key) ? others : [...others, key];
    setOwn(next);
    onChange?.(next);
  }

  return (
    <div className={classes("ggui-accordion", `ggui-accordion-${variant}`, className)} {...rest}>
      {items.map((item) => {
        const isOpen = expanded.includes(item.key);
        return (
          <div key={item.key} className="ggui-accordion-item">
            <h3 className="ggui-accordion-head">
              <button
                type="button"
                id={`${id}-${item.key}`}
                className="ggui-accordion-button"
                aria-expanded={isOpen}
                aria-controls={isOpen ? `${id}-${item.key}-panel` : undefined}
                disabled={item.disabled}
                onClick={() => toggle(item.key)}
              >
                {item.icon}
                <span>{item.label ?? item.title}</span>
                <Chevron />
              </button>
            </h3>
            {isOpen && (
              <div role="region" id={`${id}-${item.key}-panel`} aria-labelledby={`${id}-${item.key}`} className="ggui-accordion-panel">
                {item.content}
              </div>
            )}
          </div>
        );
      })}
    </div>
  );
}

/** Points down, and up inside of what says that it is expanded. */
function Chevron(): ReactNode {
  return (
    <svg className="ggui-chevron" width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="m4 6 4 4 4-4" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
