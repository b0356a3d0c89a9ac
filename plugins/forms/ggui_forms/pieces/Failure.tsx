import { Alert } from "@ggui-ai/design";
import { type Status } from "./useSending";

/** Tells why an action has not arrived. */
export function Failure({ status, message }: { status: Status; message: string }) {
  if (status !== "failed") return null;
  return (
    <Alert variant="error" title="This was not sent" style={{ flexBasis: "100%", whiteSpace: "pre-line" }}>
      {message}
    </Alert>
  );
}
