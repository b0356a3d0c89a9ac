import { Badge } from "@ggui-ai/design";

export function YesNo({ value }: { value: boolean | null | undefined }) {
  if (value === null || value === undefined) return <>—</>;
  return <Badge variant={value ? "success" : "neutral"}>{value ? "Yes" : "No"}</Badge>;
}
