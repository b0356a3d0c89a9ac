import { Progress } from "@ggui-ai/design";

interface ShareProps {
  value: number | null | undefined;
  full: number;
  label?: string;
}

/** How much of the whole. */
export function Share({ value, full, label }: ShareProps) {
  if (value === null || value === undefined) return <>—</>;
  return <Progress value={value} max={full} label={label} showLabel />;
}
