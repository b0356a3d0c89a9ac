import { Badge } from "@ggui-ai/design";

/** Whether more is to come. */
export function LiveMark({ isComplete }: { isComplete: boolean }) {
  return <Badge variant={isComplete ? "neutral" : "success"}>{isComplete ? "Complete" : "Live"}</Badge>;
}
