import { useEffect, useId, useRef, type InputHTMLAttributes, type ReactNode } from "react";

import { ErrorText, RequiredMark, useField } from "./field.tsx";
import { asOption, type SelectOption } from "./inputs.tsx";
import { classes } from "./scales.ts";
import type { Styled } from "./styled.ts";

export const choicesCss = `
.ggui-choice{display:flex;align-items:flex-start;line-height:1.4}
.ggui-choice label{cursor:pointer;padding-block:.125rem;padding-inline-start:var(--ggui-spacing-2)}
.ggui-choice .ggui-description{padding-inline-start:var(--ggui-spacing-2)}
.ggui-choice-single{align-items:center}
.ggui-choice-single .ggui-tick{margin-top:0}
.ggui-choice-disabled,.ggui-choice-disabled label{cursor:not-allowed}
.ggui-choice-disabled{opacity:.6}
.ggui-choice-text{display:flex;flex-direction:column;min-width:0}
.ggui-tick{position:relative;flex:none;width:18px;height:18px;margin-top:3px}
.ggui-tick input{appearance:none;position:absolute;inset:0;width:100%;height:100%;margin:0;cursor:pointer;
border:1.5px solid var(--ggui-color-outline);border-radius:var(--ggui-shape-radius-lg);background:var(--ggui-color-container);
transition:var(--ggui-motion-transition-colors)}
.ggui-tick input[type=radio]{border-radius:50%}
.ggui-tick input:hover:not(:disabled){border-color:var(--ggui-color-onSurfaceVariant)}
.ggui-tick input:checked,.ggui-tick input:indeterminate:not([type=radio]){background:var(--ggui-color-primary-500);
border-color:var(--ggui-color-primary-500)}
.ggui-tick input[aria-invalid=true]{border-color:var(--ggui-color-error-500)}
.ggui-tick svg{position:absolute;inset:0;pointer-events:none;color:var(--ggui-color-onPrimary);opacity:0}
.ggui-tick input:checked~.ggui-mark,.ggui-tick input:indeterminate~.ggui-dash{opacity:1}
.ggui-tick input:indeterminate~.ggui-mark{opacity:0}
.ggui-choice-disabled input{cursor:not-allowed!important}
@media (pointer:coarse){.ggui-choice label{padding-block:.625rem}.ggui-tick{margin-top:.8125rem}}
.ggui-toggle{position:relative;flex:none;width:34px;height:20px}
.ggui-toggle-sm{width:28px;height:16px}
.ggui-toggle-lg{width:44px;height:26px}
.ggui-toggle input{appearance:none;width:100%;height:100%;margin:0;display:block;cursor:pointer;
border:1.5px solid var(--ggui-color-outline);border-radius:var(--ggui-shape-radius-full);background:var(--ggui-color-container);
transition:var(--ggui-motion-transition-colors)}
.ggui-toggle input:checked{background:var(--ggui-color-primary-500);border-color:var(--ggui-color-primary-500)}
.ggui-toggle-thumb{position:absolute;top:4px;bottom:4px;inset-inline-start:4px;aspect-ratio:1;border-radius:50%;
background:var(--ggui-color-outline);pointer-events:none;
transition:inset-inline-start var(--ggui-motion-duration-fast) var(--ggui-motion-easing-default)}
.ggui-toggle input:checked~.ggui-toggle-thumb{background:var(--ggui-color-onPrimary);inset-inline-start:calc(100% - 16px)}
.ggui-toggle-sm input:checked~.ggui-toggle-thumb{inset-inline-start:calc(100% - 12px)}
.ggui-toggle-lg input:checked~.ggui-toggle-thumb{inset-inline-start:calc(100% - 22px)}
.ggui-radios{border:0;margin:0;padding:0;min-width:0;display:flex;flex-direction:column;gap:var(--ggui-spacing-1)}
.ggui-radios legend{padding:0;margin-bottom:var(--ggui-spacing-1)}
.ggui-radios-list{display:flex;flex-direction:column;gap:var(--ggui-spacing-1)}
.ggui-radios-row{flex-direction:row;flex-wrap:wrap;column-gap:var(--ggui-spacing-4)}
@media (forced-colors:active){.ggui-tick input,.ggui-toggle input{appearance:auto}.ggui-tick svg,.ggui-toggle-thumb{display:none}}
`;

type NativeChoice = Omit<InputHTMLAttributes<HTMLInputElement>, "checked" | "onChange" | "type" | "size" | "value">;

export interface CheckboxProps extends NativeChoice {
  label?: ReactNode;
  checked?: boolean;
  onChange?: (checked: boolean) => void;
  description?: ReactNode;
  indeterminate?: boolean;
  error?: string | null;
}

/** Yes or no, or partly. */
export function Checkbox(props: CheckboxProps): ReactNode {
  const { label, checked, onChange, description, indeterminate = false, error, id, className, style, required, ...rest } = props;
  const binding = useField({ label, error, description, required }, id);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (input.current !== null) input.current.indeterminate = indeterminate;
  }, [indeterminate, checked]);
  return (
    <Choice label={label} description={description} error={error} binding={binding} disabled={rest.disabled} required={required} className={className} style={style}>
      <span className="ggui-tick">
        <input
          ref={input}
          type="checkbox"
          {...choiceProps(binding, checked)}
          onChange={(event) => onChange?.(event.target.checked)}
          {...rest}
        />
        <svg className="ggui-mark" viewBox="0 0 18 18" fill="none" stroke="currentColor" strokeWidth="2" aria-hidden="true">
          <path d="m4.5 9.25 3 3 6-6.5" strokeLinecap="round" strokeLinejoin="round" />
        </svg>
        <svg className="ggui-dash" viewBox="0 0 18 18" fill="none" stroke="currentColor" strokeWidth="2" aria-hidden="true">
          <path d="M5 9h8" strokeLinecap="round" />
        </svg>
      </span>
    </Choice>
  );
}

export interface ToggleProps extends NativeChoice {
  label?: ReactNode;
  checked?: boolean;
  onChange?: (checked: boolean) => void;
  size?: "sm" | "md" | "lg";
  description?: ReactNode;
  error?: string | null;
}

/** A switch: on or off, at once. */
export function Toggle(props: ToggleProps): ReactNode {
  const { label, checked, onChange, size = "md", description, error, id, className, style, required, ...rest } = props;
  const binding = useField({ label, error, description, required }, id);
  return (
    <Choice label={label} description={description} error={error} binding={binding} disabled={rest.disabled} required={required} className={className} style={style}>
      <span className={classes("ggui-toggle", size !== "md" && `ggui-toggle-${size}`)}>
        <input
          type="checkbox"
          role="switch"
          {...choiceProps(binding, checked)}
          onChange={(event) => onChange?.(event.target.checked)}
          {...rest}
        />
        <span className="ggui-toggle-thumb" />
      </span>
    </Choice>
  );
}

export interface RadioGroupProps extends Omit<Styled, "children"> {
  label?: ReactNode;
  value?: string | null;
  onChange?: (value: string) => void;
  options: readonly ((SelectOption & { description?: ReactNode }) | string)[];
  direction?: "vertical" | "horizontal" | "column" | "row";
  error?: string | null;
  helperText?: ReactNode;
  required?: boolean;
  disabled?: boolean;
  name?: string;
}

/** One of a few, all of them visible. */
export function RadioGroup(props: RadioGroupProps): ReactNode {
  const { label, value, onChange, options, direction = "vertical", error, helperText, required, disabled, name, className, id, ...rest } = props;
  const generated = useId();
  const binding = useField({ label: label ?? " ", error, helperText }, id);
  const isRow = direction === "horizontal" || direction === "row";
  const hasError = typeof error === "string" && error !== "";
  return (
    <fieldset
      id={binding.id}
      role="radiogroup"
      className={classes("ggui-radios", className)}
      aria-describedby={binding.describedBy}
      aria-invalid={binding.invalid || undefined}
      aria-required={required === true || undefined}
      disabled={disabled}
      {...rest}
    >
      {label !== undefined && (
        <legend className="ggui-label">
          {label}
          {required === true && <RequiredMark />}
        </legend>
      )}
      <div className={classes("ggui-radios-list", isRow && "ggui-radios-row")}>
        {options.map((given) => {
          const option: SelectOption & { description?: ReactNode } = asOption(given);
          const optionId = `${generated}-${option.value}`;
          const isDisabled = disabled === true || option.disabled === true;
          return (
            <Choice key={option.value} label={option.label ?? option.value} description={option.description} binding={{ id: optionId }} disabled={isDisabled}>
              <span className="ggui-tick">
                <input
                  type="radio"
                  id={optionId}
                  name={name ?? generated}
                  value={option.value}
                  disabled={isDisabled}
                  {...(value === undefined ? {} : { checked: value === option.value })}
                  onChange={() => onChange?.(option.value)}
                />
                <svg className="ggui-mark" viewBox="0 0 18 18" fill="currentColor" aria-hidden="true">
                  <circle cx="9" cy="9" r="3.25" />
                </svg>
              </span>
            </Choice>
          );
        })}
      </div>
      {hasError && <ErrorText id={`${binding.id}-error`}>{error}</ErrorText>}
      {!hasError && helperText !== undefined && (
        <div className="ggui-help" id={`${binding.id}-help`}>
          {helperText}
        </div>
      )}
    </fieldset>
  );
}

interface ChoiceFrame extends Pick<Styled, "className" | "style" | "children"> {
  label?: ReactNode;
  description?: ReactNode;
  error?: string | null;
  binding: { id: string };
  disabled?: boolean;
  required?: boolean;
}

/** A control with its label to the right, and its error below. The description is no part of the label's words. */
function Choice({ label, description, error, binding, disabled, required, className, style, children }: ChoiceFrame): ReactNode {
  const hasText = label !== undefined || description !== undefined;
  const frame = (
    <div
      className={classes("ggui-choice", description === undefined && "ggui-choice-single", disabled === true && "ggui-choice-disabled", className)}
      style={style}
    >
      {children}
      {hasText && (
        <span className="ggui-choice-text">
          <label htmlFor={binding.id}>
            {label}
            {required === true && <RequiredMark />}
          </label>
          {description !== undefined && (
            <span className="ggui-description" id={`${binding.id}-description`}>
              {description}
            </span>
          )}
        </span>
      )}
    </div>
  );
  if (typeof error !== "string" || error === "") return frame;
  return (
    <div className="ggui-field">
      {frame}
      <ErrorText id={`${binding.id}-error`}>{error}</ErrorText>
    </div>
  );
}

function choiceProps(binding: ReturnType<typeof useField>, checked: boolean | undefined): Record<string, unknown> {
  return {
    id: binding.id,
    required: binding.required || undefined,
    "aria-describedby": binding.describedBy,
    "aria-invalid": binding.invalid || undefined,
    ...(checked === undefined ? {} : { checked }),
  };
}
