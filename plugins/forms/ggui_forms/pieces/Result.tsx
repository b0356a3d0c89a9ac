import { Alert, Text } from "@ggui-ai/design";
import { type Status } from "./useSending";

/** Says what became of an action. */
export function Result({ status, message }: { status: Status; message: string }) {
  return (
    <>
      <div role="status">
        {status === "sent" && (
          <Text size="sm" tone="success">
            Sent.
          </Text>
        )}
      </div>
      {status === "failed" && (
        <Alert variant="error" title="This was not sent" style={{ whiteSpace: "pre-line" }}>
          {message}
        </Alert>
      )}
    </>
  );
}
