import { cloneElement, createContext, isValidElement, useContext, useId, useMemo, type ReactElement, type ReactNode } from "react";

import { classes } from "./scales.ts";
import type { Styled } from "./styled.ts";

export const fieldCss = `
.ggui-field{display:flex;flex-direction:column;gap:var(--ggui-spacing-1);min-width:0;width:100%}
.ggui-label{font-size:var(--ggui-font-size-sm);font-weight:var(--ggui-font-weight-medium);line-height:1.4;
color:var(--ggui-color-onSurface)}
.ggui-required{color:var(--ggui-color-error-600);margin-inline-start:.15em}
.ggui-description,.ggui-help{font-size:var(--ggui-font-size-sm);line-height:1.4;color:var(--ggui-color-onSurfaceVariant)}
.ggui-error{display:flex;gap:.375em;font-size:var(--ggui-font-size-sm);line-height:1.4;color:var(--ggui-color-error-600)}
.ggui-error svg{flex:none;margin-top:.2em}
.ggui-control{width:100%;min-width:0;min-height:36px;padding:.375rem .625rem;border:1px solid var(--ggui-color-outline);
border-radius:var(--ggui-shape-radius-lg);background:var(--ggui-color-container);color:var(--ggui-color-onContainer);
font-size:var(--ggui-font-size-base);line-height:1.4;transition:var(--ggui-motion-transition-colors)}
.ggui-control:hover:not(:disabled){border-color:var(--ggui-color-onSurfaceVariant)}
.ggui-control:focus-visible{outline-offset:-1px;border-color:var(--ggui-accessibility-focusRing-color)}
.ggui-control:disabled{opacity:.6;cursor:not-allowed;background:var(--ggui-color-surfaceVariant)}
.ggui-control[aria-invalid=true]{border-color:var(--ggui-color-error-500)}
.ggui-control-sm{min-height:30px;padding:.25rem .5rem;font-size:var(--ggui-font-size-sm)}
.ggui-control-lg{min-height:44px;padding:.5rem .75rem;font-size:var(--ggui-font-size-lg)}
@media (pointer:coarse){.ggui-control{min-height:44px;font-size:16px}}
`;

/** What a field tells the control inside it. */
export interface FieldBinding {
  readonly id: string;
  readonly describedBy: string | undefined;
  readonly invalid: boolean;
  readonly required: boolean;
}

const Surrounding = createContext<FieldBinding | null>(null);

/** The texts around a control. */
export interface FieldTexts {
  label?: ReactNode;
  error?: string | boolean | null;
  helperText?: ReactNode;
  required?: boolean;
  description?: ReactNode;
}

/** The ids that tie a control to its texts: those of its own, else those of the field around it. */
export function useField(texts: FieldTexts, id?: string): FieldBinding {
  const generated = useId();
  const outer = useContext(Surrounding);
  const own = id ?? (hasLabel(texts) ? undefined : outer?.id) ?? generated;
  const described = [
    texts.description !== undefined && `${own}-description`,
    hasError(texts) && `${own}-error`,
    hasHelp(texts) && `${own}-help`,
    outer?.id === own && outer.describedBy,
  ].filter((part): part is string => typeof part === "string");
  return {
    id: own,
    describedBy: described.length > 0 ? described.join(" ") : undefined,
    invalid: isInvalid(texts) || (outer?.id === own && outer.invalid),
    required: texts.required === true || (outer?.id === own && outer.required),
  };
}

/** Label, description, the control, then its error or its help. */
export function Field(props: FieldTexts & { binding: FieldBinding; className?: string; children: ReactNode; extra?: ReactNode }): ReactNode {
  const { binding, className, children, extra, label, required, description, helperText, error } = props;
  const hasTexts = hasLabel(props) || description !== undefined || hasHelp(props) || hasError(props) || extra !== undefined;
  if (!hasTexts && className === undefined) return children;
  return (
    <div className={classes("ggui-field", className)}>
      {hasLabel(props) && (
        <label className="ggui-label" htmlFor={binding.id}>
          {label}
          {required === true && <RequiredMark />}
        </label>
      )}
      {description !== undefined && (
        <div className="ggui-description" id={`${binding.id}-description`}>
          {description}
        </div>
      )}
      {children}
      {hasError(props) && <ErrorText id={`${binding.id}-error`}>{error}</ErrorText>}
      {hasHelp(props) && (
        <div className="ggui-help" id={`${binding.id}-help`}>
          {helperText}
        </div>
      )}
      {extra}
    </div>
  );
}

/** The mark of a required field; the control itself says so to screen readers. */
export function RequiredMark(): ReactNode {
  return (
    <span className="ggui-required" aria-hidden="true">
      *
    </span>
  );
}

/** An error text, announced when it appears. */
export function ErrorText({ id, children }: { id: string; children: ReactNode }): ReactNode {
  return (
    <div className="ggui-error" id={id} role="alert">
      <svg width="13" height="13" viewBox="0 0 16 16" fill="currentColor" aria-hidden="true">
        <path d="M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm-.75 3.5h1.5v4.75h-1.5V4.5ZM8 12.25a.95.95 0 1 1 0-1.9.95.95 0 0 1 0 1.9Z" />
      </svg>
      <span>{children}</span>
    </div>
  );
}

export interface FormFieldProps extends Styled {
  label?: ReactNode;
  error?: string | null;
  helperText?: ReactNode;
  required?: boolean;
  description?: ReactNode;
}

/** Label and messages around one control: one of the catalog, or a plain `input`, `select` or `textarea`. */
export function FormField(props: FormFieldProps): ReactNode {
  const { label, error, helperText, required, description, children, className, id, style: _style, ...texts } = props;
  const all: FieldTexts = { label, error, helperText, required, description };
  const binding = useField({ ...all, ...texts }, id === undefined ? undefined : `${id}-control`);
  const given = useMemo(() => ({ ...binding, required: required === true }), [binding, required]);
  return (
    <Surrounding value={given}>
      <Field {...all} binding={binding} className={classes("ggui-form-field", className)}>
        {isNativeControl(children) ? cloneElement(children, nativeProps(children, binding, required === true)) : children}
      </Field>
    </Surrounding>
  );
}

type NativeControl = ReactElement<Record<string, unknown>>;

function isNativeControl(children: ReactNode): children is NativeControl {
  return isValidElement(children) && typeof children.type === "string" && ["input", "select", "textarea"].includes(children.type);
}

function nativeProps(control: NativeControl, binding: FieldBinding, required: boolean): Record<string, unknown> {
  return {
    id: binding.id,
    "aria-describedby": binding.describedBy,
    "aria-invalid": binding.invalid || undefined,
    required: required || undefined,
    ...control.props,
    className: classes("ggui-control", control.props["className"] as string | undefined),
  };
}

function hasLabel(texts: FieldTexts): boolean {
  return texts.label !== undefined && texts.label !== null && texts.label !== "";
}

function isInvalid(texts: FieldTexts): boolean {
  return texts.error !== undefined && texts.error !== null && texts.error !== false && texts.error !== "";
}

function hasError(texts: FieldTexts): boolean {
  return isInvalid(texts) && texts.error !== true;
}

function hasHelp(texts: FieldTexts): boolean {
  return texts.helperText !== undefined && texts.helperText !== null && texts.helperText !== "" && !hasError(texts);
}
