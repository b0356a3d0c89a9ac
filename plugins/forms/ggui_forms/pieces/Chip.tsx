import { Badge } from "@ggui-ai/design";

export type Known = Record<string, { label: string; variant?: "success" | "warning" | "error" | "info" }>;

/** A state, in words and in its colour. */
export function Chip({ value, known }: { value: string | number | null | undefined; known: Known }) {
  if (value === null || value === undefined) return <>—</>;
  const found = known[String(value)];
  return <Badge variant={found?.variant}>{found?.label ?? value}</Badge>;
}
