import {
  useLayoutEffect,
  useRef,
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
} from "react";

import { Field, useField, type FieldTexts } from "./field.tsx";
import { classes } from "./scales.ts";

export const inputsCss = `
.ggui-textarea{min-height:4.5rem;resize:vertical;display:block}
.ggui-textarea-auto{resize:none;overflow:hidden;field-sizing:content}
.ggui-count{align-self:flex-end;font-size:var(--ggui-font-size-xs,.75rem);color:var(--ggui-color-onSurfaceVariant);
font-variant-numeric:tabular-nums}
.ggui-select{position:relative;display:block}
.ggui-select select{appearance:none;padding-inline-end:2rem;cursor:pointer;text-overflow:ellipsis}
.ggui-select select:disabled{cursor:not-allowed}
.ggui-select option{background:var(--ggui-color-container);color:var(--ggui-color-onContainer)}
.ggui-select svg{position:absolute;inset-inline-end:.625rem;top:50%;margin-top:-8px;pointer-events:none;
color:var(--ggui-color-onSurfaceVariant)}
.ggui-control[type=date],.ggui-control[type=time],.ggui-control[type=datetime-local]{font-variant-numeric:tabular-nums}
`;

type ControlSize = "sm" | "md" | "lg";

export type InputType = "text" | "email" | "url" | "number" | "date" | "time" | "datetime-local" | "password" | "tel" | "search";

export interface InputProps
  extends FieldTexts, Omit<InputHTMLAttributes<HTMLInputElement>, "value" | "onChange" | "size" | "type" | "required"> {
  value?: string | number | null;
  onChange?: (value: string) => void;
  type?: InputType;
  size?: ControlSize;
}

/** A text field. */
export function Input(props: InputProps): ReactNode {
  const { texts, rest } = splitTexts(props);
  const { value, onChange, type = "text", size = "md", className, id, style, ...attributes } = rest;
  const binding = useField(texts, id);
  return (
    <Field {...texts} binding={binding}>
      <input
        {...described(binding)}
        {...controlled(value, onChange)}
        type={type}
        className={controlClass(size, className)}
        style={style}
        onChange={(event) => onChange?.(event.target.value)}
        {...attributes}
      />
    </Field>
  );
}

export interface TextAreaProps
  extends FieldTexts, Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, "value" | "onChange" | "required"> {
  value?: string | null;
  onChange?: (value: string) => void;
  size?: ControlSize;
  showCount?: boolean;
  autoResize?: boolean;
}

/** Text of several lines. */
export function TextArea(props: TextAreaProps): ReactNode {
  const { texts, rest } = splitTexts(props);
  const { value, onChange, rows = 4, maxLength, showCount, autoResize, size = "md", className, id, ...attributes } = rest;
  const binding = useField(texts, id);
  const area = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    const element = area.current;
    if (autoResize !== true || element === null || CSS.supports("field-sizing", "content")) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight + 2}px`;
  }, [autoResize, value]);
  const length = (value ?? "").length;
  const counter = maxLength === undefined ? String(length) : `${length} / ${maxLength}`;
  return (
    <Field {...texts} binding={binding} extra={showCount === true ? <div className="ggui-count">{counter}</div> : undefined}>
      <textarea
        ref={area}
        {...described(binding)}
        {...controlled(value, onChange)}
        rows={rows}
        maxLength={maxLength}
        className={classes(controlClass(size, className), "ggui-textarea", autoResize === true && "ggui-textarea-auto")}
        onChange={(event) => onChange?.(event.target.value)}
        {...attributes}
      />
    </Field>
  );
}

export interface SelectOption {
  value: string;
  label?: ReactNode;
  disabled?: boolean;
}

export interface SelectProps
  extends FieldTexts, Omit<SelectHTMLAttributes<HTMLSelectElement>, "value" | "onChange" | "size" | "required"> {
  options: readonly (SelectOption | string)[];
  value?: string | null;
  onChange?: (value: string) => void;
  placeholder?: string;
  size?: ControlSize;
}

/** One of several, with the platform's own list. */
export function Select(props: SelectProps): ReactNode {
  const { texts, rest } = splitTexts(props);
  const { options, value, onChange, placeholder, size = "md", className, id, style, ...attributes } = rest;
  const binding = useField(texts, id);
  return (
    <Field {...texts} binding={binding}>
      <span className="ggui-select" style={style}>
        <select
          {...described(binding)}
          {...controlled(value, onChange)}
          className={controlClass(size, className)}
          onChange={(event) => onChange?.(event.target.value)}
          {...attributes}
        >
          {placeholder !== undefined && <option value="">{placeholder}</option>}
          {options.map(asOption).map((option) => (
            <option key={option.value} value={option.value} disabled={option.disabled}>
              {option.label ?? option.value}
            </option>
          ))}
        </select>
        <svg width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
          <path d="m4 6 4 4 4-4" strokeLinecap="round" strokeLinejoin="round" />
        </svg>
      </span>
    </Field>
  );
}

/** An option written as text alone. */
export function asOption(option: SelectOption | string): SelectOption {
  return typeof option === "string" ? { value: option } : option;
}

function splitTexts<P extends FieldTexts>(props: P): { texts: FieldTexts; rest: Omit<P, keyof FieldTexts> } {
  const { label, error, helperText, required, description, ...rest } = props;
  return { texts: { label, error, helperText, required, description }, rest };
}

function described(binding: ReturnType<typeof useField>): {
  id: string;
  required: boolean | undefined;
  "aria-describedby": string | undefined;
  "aria-invalid": true | undefined;
} {
  return {
    id: binding.id,
    required: binding.required || undefined,
    "aria-describedby": binding.describedBy,
    "aria-invalid": binding.invalid || undefined,
  };
}

/** Without a value the control keeps its own. */
function controlled<T extends string | number>(value: T | null | undefined, onChange: unknown): { value?: T | "" } {
  if (value === undefined && onChange === undefined) return {};
  return value === undefined ? {} : { value: value ?? "" };
}

function controlClass(size: ControlSize, className: string | undefined): string {
  return classes("ggui-control", size !== "md" && `ggui-control-${size}`, className);
}
