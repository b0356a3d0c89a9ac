import { type ReactNode } from "react";
import { Text } from "@ggui-ai/design";

/** A labelled value in a `dl`. */
export function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <Text is="dt" size="sm" tone="muted">
        {label}
      </Text>
      <Text is="dd">{children}</Text>
    </div>
  );
}
