import { useState } from "react";
import { Input } from "@ggui-ai/design";

interface NumberInputProps {
  label: string;
  helperText?: string;
  value: number | null;
  onChange: (value: number) => void;
}

/** A number that is handed on as soon as what was typed is one. */
export function NumberInput({ value, onChange, ...texts }: NumberInputProps) {
  const [typed, setTyped] = useState(String(value ?? ""));
  const isNumber = typed.trim() !== "" && Number.isFinite(Number(typed));
  return (
    <Input
      {...texts}
      type="number"
      value={isNumber && Number(typed) !== value ? String(value ?? "") : typed}
      onChange={(text) => {
        setTyped(text);
        if (text.trim() !== "" && Number.isFinite(Number(text))) onChange(Number(text));
      }}
    />
  );
}
