import { useState, type FormEvent, type ReactNode } from "react";
import { Button, Row, Stack } from "@ggui-ai/design";
import { Confirmation } from "./Confirmation";
import { Failure } from "./Failure";
import { type FormParts } from "./FormParts";
import { ProblemList } from "./ProblemList";
import { SentNote } from "./SentNote";
import { useFocusAfterChange } from "./useFocusAfterChange";
import { useForm, type FormOptions } from "./useForm";

interface ConfirmedFormProps<Draft, Payload> extends FormOptions<Draft, Payload> {
  label: string;
  onCancel?: () => void;
  children: (parts: FormParts<Draft>) => ReactNode;
}

/** A form that is sent once the person has confirmed it. */
export function ConfirmedForm<Draft, Payload>(props: ConfirmedFormProps<Draft, Payload>) {
  const form = useForm(props);
  const [isAsking, setAsking] = useState(false);
  const buttons = useFocusAfterChange(isAsking);

  function submit(event: FormEvent) {
    event.preventDefault();
    setAsking(form.isComplete());
  }

  async function confirm() {
    if (form.isComplete()) await form.deliver();
    setAsking(false);
  }

  return (
    <form aria-label={props.label} noValidate onSubmit={submit}>
      <Stack gap="md">
        <ProblemList problems={form.found} attempts={form.attempts} />
        {props.children(form)}
        <Failure status={form.status} message={form.message} />
        <div ref={buttons}>
          {isAsking ? (
            <Confirmation
              question={`${props.label}?`}
              isBusy={form.status === "busy"}
              onConfirm={() => void confirm()}
              onCancel={() => setAsking(false)}
            />
          ) : (
            <Row>
              <Button type="submit">{props.label}</Button>
              {props.onCancel && (
                <Button variant="ghost" onPress={props.onCancel}>
                  Cancel
                </Button>
              )}
              <SentNote status={form.status} />
            </Row>
          )}
        </div>
      </Stack>
    </form>
  );
}
