import { useState } from "react";
import { Button } from "@ggui-ai/design";
import { type Act } from "./Act";
import { Confirmation } from "./Confirmation";
import { Failure } from "./Failure";
import { SentNote } from "./SentNote";
import { useFocusAfterChange } from "./useFocusAfterChange";
import { useSending } from "./useSending";

interface ConfirmedButtonProps<Payload> {
  label: string;
  about?: string;
  act: Act<Payload>;
  payload?: Payload;
}

/** A button that sends an action once the person has confirmed it. */
export function ConfirmedButton<Payload>({ label, about, act, payload }: ConfirmedButtonProps<Payload>) {
  const { status, message, send } = useSending(act);
  const [isAsking, setAsking] = useState(false);
  const frame = useFocusAfterChange(isAsking);

  async function deliver() {
    await send(payload);
    setAsking(false);
  }

  return (
    <>
      <div ref={frame} style={isAsking ? { flexBasis: "100%", order: 1 } : undefined}>
        {isAsking ? (
          <Confirmation
            question={about ? `${label} “${about}”?` : `${label}?`}
            isBusy={status === "busy"}
            onConfirm={() => void deliver()}
            onCancel={() => setAsking(false)}
          />
        ) : (
          <Button
            variant="outline"
            size={about === undefined ? "md" : "sm"}
            aria-label={about ? `${label}: ${about}` : undefined}
            onPress={() => setAsking(true)}
          >
            {label}
          </Button>
        )}
        <SentNote status={status} />
      </div>
      <Failure status={status} message={message} />
    </>
  );
}
