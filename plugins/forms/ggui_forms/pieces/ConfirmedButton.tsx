import { useState } from "react";
import { Button } from "@ggui-ai/design";
import { type Act } from "./Act";
import { Confirmation } from "./Confirmation";
import { Result } from "./Result";
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
  const name = about ? `${label}: ${about}` : label;

  async function deliver() {
    await send(payload);
    setAsking(false);
  }

  return (
    <div ref={frame}>
      {isAsking ? (
        <Confirmation
          question={`${name}?`}
          isBusy={status === "busy"}
          onConfirm={() => void deliver()}
          onCancel={() => setAsking(false)}
        />
      ) : (
        <Button
          variant="outline"
          size={about === undefined ? "md" : "sm"}
          aria-label={name}
          onPress={() => setAsking(true)}
        >
          {label}
        </Button>
      )}
      <Result status={status} message={message} />
    </div>
  );
}
