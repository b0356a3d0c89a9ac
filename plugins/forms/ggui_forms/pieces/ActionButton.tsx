import { Button } from "@ggui-ai/design";
import { type Act } from "./Act";
import { Failure } from "./Failure";
import { SentNote } from "./SentNote";
import { useSending } from "./useSending";

interface ActionButtonProps<Payload> {
  label: string;
  about?: string;
  act: Act<Payload>;
  payload?: Payload;
}

/** A button that sends an action; `about` tells the buttons of several rows apart. */
export function ActionButton<Payload>({ label, about, act, payload }: ActionButtonProps<Payload>) {
  const { status, message, send } = useSending(act);
  return (
    <>
      <div>
        <Button
          variant="outline"
          size={about === undefined ? "md" : "sm"}
          aria-label={about ? `${label}: ${about}` : undefined}
          loading={status === "busy"}
          onPress={() => void send(payload)}
        >
          {label}
        </Button>
        <SentNote status={status} />
      </div>
      <Failure status={status} message={message} />
    </>
  );
}
