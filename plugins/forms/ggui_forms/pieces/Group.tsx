import { useId, type ReactNode } from "react";
import { Stack, Text } from "@ggui-ai/design";

export interface GroupProps {
  legend: string;
  required?: boolean;
  help?: string;
  error?: string;
  children?: ReactNode;
}

/** Fields that belong together. */
export function Group({ legend, required, help, error, children }: GroupProps) {
  const id = useId();
  return (
    <fieldset
      aria-describedby={error || help ? id : undefined}
      style={{
        minWidth: 0,
        margin: 0,
        padding: "var(--ggui-spacing-3)",
        border: "1px solid var(--ggui-color-outlineVariant)",
        borderRadius: "var(--ggui-shape-radius-lg)",
      }}
    >
      <legend style={{ padding: "0 var(--ggui-spacing-1)" }}>
        <Text is="span" size="sm" weight="medium">
          {required ? `${legend} *` : legend}
        </Text>
      </legend>
      <Stack gap="md">
        {children}
        {(error || help) && (
          <Text id={id} size="sm" tone={error ? "error" : "muted"}>
            {error || help}
          </Text>
        )}
      </Stack>
    </fieldset>
  );
}
