import { Text } from "@ggui-ai/design";
import { type Status } from "./useSending";

/** Tells when an action has arrived. */
export function SentNote({ status }: { status: Status }) {
  return (
    <span role="status">
      {status === "sent" && (
        <Text is="span" size="sm" tone="success" style={{ marginInlineStart: "var(--ggui-spacing-2)" }}>
          Sent.
        </Text>
      )}
    </span>
  );
}
