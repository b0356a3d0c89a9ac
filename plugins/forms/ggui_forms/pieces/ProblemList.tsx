import { useEffect, useRef } from "react";
import { Text } from "@ggui-ai/design";
import { type Problems } from "./Problems";

/** Everything that is wrong; it takes the focus after each attempt. */
export function ProblemList({ problems, attempts }: { problems: Problems; attempts: number }) {
  const list = useRef<HTMLDivElement>(null);
  const found = Object.entries(problems);

  useEffect(() => {
    if (attempts > 0) list.current?.focus();
  }, [attempts]);

  if (found.length === 0) return null;
  return (
    <div ref={list} tabIndex={-1}>
      <Text weight="medium" tone="error">
        Please check what you entered:
      </Text>
      <ul style={{ margin: 0, paddingInlineStart: "var(--ggui-spacing-5)" }}>
        {found.map(([field, problem]) => (
          <li key={field}>{problem}</li>
        ))}
      </ul>
    </div>
  );
}
