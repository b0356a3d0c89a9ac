import { Button, type Styled } from "@ggui-ai/design";
import { classes, numberText, safeHref, WORDS } from "@ggui-ai/design/internal.ts";
import { Fragment, type ReactNode } from "react";

export const wayfindingCss = `
.ggui-breadcrumb ol,.ggui-pages,.ggui-steps{list-style:none;margin:0;padding:0}
.ggui-breadcrumb ol{display:flex;flex-wrap:wrap;align-items:center;gap:var(--ggui-spacing-2);font-size:var(--ggui-font-size-sm)}
.ggui-breadcrumb li{display:inline-flex;align-items:center;gap:var(--ggui-spacing-2);min-width:0;color:var(--ggui-color-onSurfaceVariant)}
.ggui-breadcrumb a,.ggui-breadcrumb button{padding:2px 0;min-height:24px;border:0;background:none;color:inherit;cursor:pointer;font:inherit;
text-decoration:none;border-radius:var(--ggui-shape-radius-sm)}
.ggui-breadcrumb a:hover,.ggui-breadcrumb button:hover{color:var(--ggui-color-onSurface);text-decoration:underline}
.ggui-breadcrumb [aria-current]{color:var(--ggui-color-onSurface);font-weight:var(--ggui-font-weight-medium)}
.ggui-breadcrumb-separator{color:var(--ggui-color-neutral-500)}
[dir=rtl] .ggui-turns{transform:scaleX(-1)}
.ggui-pages{display:flex;flex-wrap:wrap;align-items:center;gap:var(--ggui-spacing-1)}
.ggui-pages .ggui-button{min-width:30px;padding-inline:.375rem;font-variant-numeric:tabular-nums}
.ggui-pages [aria-current]{background:var(--ggui-color-primary-500);color:var(--ggui-color-onPrimary)}
.ggui-pages-gap{padding-inline:.25rem;color:var(--ggui-color-onSurfaceVariant)}
.ggui-steps{display:flex;gap:var(--ggui-spacing-3)}
.ggui-steps-vertical{flex-direction:column;gap:0}
.ggui-step{flex:1;min-width:0;display:flex;gap:var(--ggui-spacing-2);position:relative}
.ggui-steps-horizontal .ggui-step{flex-direction:column}
.ggui-steps-horizontal .ggui-step:not(:last-child)::after{content:"";position:absolute;top:13px;inset-inline:34px -4px;height:1px;background:var(--ggui-color-outlineVariant)}
.ggui-steps-vertical .ggui-step{padding-bottom:var(--ggui-spacing-4)}
.ggui-steps-vertical .ggui-step:not(:last-child)::after{content:"";position:absolute;top:32px;bottom:4px;inset-inline-start:13px;width:1px;background:var(--ggui-color-outlineVariant)}
.ggui-step-mark{display:inline-flex;align-items:center;justify-content:center;flex:none;width:28px;height:28px;border-radius:50%;
border:1px solid var(--ggui-color-outline);background:var(--ggui-color-container);color:var(--ggui-color-onContainer);font-size:var(--ggui-font-size-sm);
font-weight:var(--ggui-font-weight-medium);font-variant-numeric:tabular-nums}
.ggui-step-done .ggui-step-mark,.ggui-step-now .ggui-step-mark{background:var(--ggui-color-primary-500);border-color:var(--ggui-color-primary-500);color:var(--ggui-color-onPrimary)}
.ggui-step-text{display:flex;flex-direction:column;min-width:0;color:var(--ggui-color-onSurfaceVariant);padding-top:3px;text-align:start}
.ggui-step-now .ggui-step-text{color:var(--ggui-color-onSurface)}
.ggui-step-label{font-weight:var(--ggui-font-weight-medium)}
.ggui-step-note{font-size:var(--ggui-font-size-sm)}
button.ggui-step-body{border:0;padding:0;background:none;font:inherit;color:inherit;cursor:pointer;border-radius:var(--ggui-shape-radius-md)}
.ggui-step-body{display:flex;gap:var(--ggui-spacing-2);min-width:0;flex-direction:inherit;align-items:flex-start}
@media (max-width:479px){.ggui-steps-horizontal .ggui-step:not(.ggui-step-now) .ggui-step-text{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.ggui-steps-horizontal .ggui-step:not(.ggui-step-now){flex:0 0 auto;min-width:34px}}
@media (forced-colors:active){.ggui-step-now .ggui-step-mark{border:3px solid Highlight}}
`;

export interface BreadcrumbItem {
  id?: string;
  label: ReactNode;
  href?: string;
}

export interface BreadcrumbProps extends Omit<Styled, "children"> {
  items: readonly BreadcrumbItem[];
  separator?: ReactNode;
  onItemClick?: (item: BreadcrumbItem, index: number) => void;
}

/** The way to where one is (WAI-ARIA "Breadcrumb"). */
export function Breadcrumb({ items, separator, onItemClick, className, ...rest }: BreadcrumbProps): ReactNode {
  const last = items.length - 1;
  return (
    <nav aria-label={WORDS.trail} className={classes("ggui-breadcrumb", className)} {...rest}>
      <ol>
        {items.map((item, index) => (
          <li key={item.id ?? index}>
            {index === last ? (
              <span aria-current="page">{item.label}</span>
            ) : item.href !== undefined ? (
              <a href={safeHref(item.href)} onClick={() => onItemClick?.(item, index)}>
                {item.label}
              </a>
            ) : onItemClick !== undefined ? (
              <button type="button" onClick={() => onItemClick(item, index)}>
                {item.label}
              </button>
            ) : (
              <span>{item.label}</span>
            )}
            {index < last && (
              <span className="ggui-breadcrumb-separator ggui-turns" aria-hidden="true">
                {separator ?? "›"}
              </span>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}

export interface PaginationProps extends Omit<Styled, "children"> {
  currentPage: number;
  totalPages: number;
  onPageChange?: (page: number) => void;
  showFirstLast?: boolean;
  /** How many numbers show at once. */
  maxVisible?: number;
}

/** The pages of something long; pages count from 1. */
export function Pagination({ currentPage, totalPages, onPageChange, showFirstLast, maxVisible = 5, className, ...rest }: PaginationProps): ReactNode {
  const pages = Math.max(1, Math.floor(totalPages));
  const page = Math.min(pages, Math.max(1, Math.floor(currentPage)));
  const shown = visiblePages(page, pages, Math.max(3, maxVisible));
  const step = (label: string, to: number, sign: string): ReactNode => (
    <li>
      <Button variant="ghost" size="sm" aria-label={label} disabled={to < 1 || to > pages || to === page} onPress={() => onPageChange?.(to)}>
        <span className="ggui-turns" aria-hidden="true">
          {sign}
        </span>
      </Button>
    </li>
  );
  return (
    <nav aria-label={WORDS.pages} className={className} {...rest}>
      <ul className="ggui-pages">
        {showFirstLast === true && step(WORDS.first, 1, "«")}
        {step(WORDS.previous, page - 1, "‹")}
        {shown.map((number, index) => (
          <Fragment key={number}>
            {index > 0 && number - (shown[index - 1] ?? number) > 1 && (
              <li className="ggui-pages-gap" aria-hidden="true">
                …
              </li>
            )}
            <li>
              <Button
                variant="ghost"
                size="sm"
                aria-label={WORDS.page(number, pages)}
                aria-current={number === page ? "page" : undefined}
                onPress={() => onPageChange?.(number)}
              >
                {numberText(number)}
              </Button>
            </li>
          </Fragment>
        ))}
        {step(WORDS.next, page + 1, "›")}
        {showFirstLast === true && step(WORDS.last, pages, "»")}
      </ul>
    </nav>
  );
}

/** The first, the last, and those around the present one. */
function visiblePages(page: number, pages: number, most: number): number[] {
  if (pages <= most) return Array.from({ length: pages }, (_, index) => index + 1);
  const inner = most - 2;
  const start = Math.min(Math.max(2, page - Math.floor(inner / 2)), pages - inner);
  return [1, ...Array.from({ length: inner }, (_, index) => start + index), pages];
}

export interface StepItem {
  id?: string;
  label: ReactNode;
  description?: ReactNode;
}

export interface StepperProps extends Omit<Styled, "children"> {
  steps: readonly (StepItem | string)[];
  /** The place of the present step, from 0. */
  current?: number;
  orientation?: "horizontal" | "vertical";
  onStepClick?: (index: number) => void;
}

/** The steps of something, and which one it is at. */
export function Stepper({ steps, current = 0, orientation = "horizontal", onStepClick, className, ...rest }: StepperProps): ReactNode {
  return (
    <ol className={classes("ggui-steps", `ggui-steps-${orientation}`, className)} {...rest}>
      {steps.map((given, index) => {
        const step: StepItem = typeof given === "string" ? { label: given } : given;
        const isDone = index < current;
        const body = (
          <>
            <span className="ggui-step-mark" aria-hidden="true">
              {isDone ? "✓" : numberText(index + 1)}
            </span>
            <span className="ggui-step-text">
              <span className="ggui-step-label">{step.label}</span>
              {step.description !== undefined && <span className="ggui-step-note">{step.description}</span>}
              {isDone && <span className="ggui-sr">({WORDS.stepDone})</span>}
            </span>
          </>
        );
        return (
          <li
            key={step.id ?? index}
            className={classes("ggui-step", isDone && "ggui-step-done", index === current && "ggui-step-now")}
            aria-current={index === current ? "step" : undefined}
          >
            {onStepClick === undefined ? (
              <span className="ggui-step-body">{body}</span>
            ) : (
              <button type="button" className="ggui-step-body" onClick={() => onStepClick(index)}>
                {body}
              </button>
            )}
          </li>
        );
      })}
    </ol>
  );
}
