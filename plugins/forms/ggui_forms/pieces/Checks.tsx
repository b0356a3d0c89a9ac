import { Checkbox, Stack } from "@ggui-ai/design";
import { Group, type GroupProps } from "./Group";

interface ChecksProps extends GroupProps {
  options: { value: string; label: string }[];
  picked: string[];
  onChange: (picked: string[]) => void;
}

/** Any number of several options. */
export function Checks({ options, picked, onChange, ...group }: ChecksProps) {
  return (
    <Group {...group}>
      <Stack gap="xs">
        {options.map(({ value, label }) => (
          <Checkbox
            key={value}
            label={label}
            checked={picked.includes(value)}
            onChange={(checked) => onChange(checked ? [...picked, value] : picked.filter((other) => other !== value))}
          />
        ))}
      </Stack>
    </Group>
  );
}
