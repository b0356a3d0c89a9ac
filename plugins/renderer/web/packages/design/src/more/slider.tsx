import { classes, Field, numberText, useField, type FieldTexts } from "@ggui-ai/design/internal.ts";
import { useState, type InputHTMLAttributes, type ReactNode } from "react";

export const sliderCss = `
.ggui-slider-head{display:flex;justify-content:space-between;gap:var(--ggui-spacing-3)}
.ggui-slider-value{font-size:var(--ggui-font-size-sm);color:var(--ggui-color-onSurfaceVariant);font-variant-numeric:tabular-nums}
.ggui-slider{width:100%;height:24px;margin:0;cursor:pointer;accent-color:var(--ggui-color-primary-500)}
.ggui-slider:disabled{cursor:not-allowed;opacity:.5}
@media (pointer:coarse){.ggui-slider{height:36px}}
`;

export interface SliderProps
  extends FieldTexts, Omit<InputHTMLAttributes<HTMLInputElement>, "value" | "onChange" | "type" | "required" | "min" | "max" | "step"> {
  value?: number;
  onChange?: (value: number) => void;
  min?: number;
  max?: number;
  step?: number;
  showValue?: boolean;
}

/** A number between two ends. */
export function Slider(props: SliderProps): ReactNode {
  const { value, onChange, min = 0, max = 100, step = 1, showValue, label, error, helperText, description, required, id, className, ...rest } = props;
  const [own, setOwn] = useState(Number(rest.defaultValue ?? min));
  const texts = { error, helperText, description, required };
  const binding = useField({ ...texts, label }, id);
  const shown = value ?? own;
  return (
    <Field {...texts} binding={binding} className={className ?? ""}>
      {(label !== undefined || showValue === true) && (
        <div className="ggui-slider-head">
          <label className="ggui-label" htmlFor={binding.id}>
            {label}
          </label>
          {showValue === true && (
            <output className="ggui-slider-value" htmlFor={binding.id}>
              {numberText(shown)}
            </output>
          )}
        </div>
      )}
      <input
        {...rest}
        defaultValue={undefined}
        type="range"
        id={binding.id}
        aria-describedby={binding.describedBy}
        aria-invalid={binding.invalid || undefined}
        className={classes("ggui-slider")}
        min={min}
        max={max}
        step={step}
        value={shown}
        aria-valuetext={numberText(shown)}
        onChange={(event) => {
          setOwn(event.target.valueAsNumber);
          onChange?.(event.target.valueAsNumber);
        }}
      />
    </Field>
  );
}
