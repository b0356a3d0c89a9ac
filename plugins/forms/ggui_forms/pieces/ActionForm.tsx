import { type FormEvent, type ReactNode } from "react";
import { Button, Row, Stack } from "@ggui-ai/design";
import { Failure } from "./Failure";
import { type FormParts } from "./FormParts";
import { ProblemList } from "./ProblemList";
import { SentNote } from "./SentNote";
import { useForm, type FormOptions } from "./useForm";

interface ActionFormProps<Draft, Payload> extends FormOptions<Draft, Payload> {
  label: string;
  onCancel?: () => void;
  children: (parts: FormParts<Draft>) => ReactNode;
}

/** A form that checks what was entered, sends it, and says what became of it. */
export function ActionForm<Draft, Payload>(props: ActionFormProps<Draft, Payload>) {
  const form = useForm(props);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (form.isComplete()) void form.deliver();
  }

  return (
    <form aria-label={props.label} noValidate onSubmit={submit}>
      <Stack gap="md">
        <ProblemList problems={form.found} attempts={form.attempts} />
        {props.children(form)}
        <Failure status={form.status} message={form.message} />
        <Row>
          <Button type="submit" loading={form.status === "busy"}>
            {props.label}
          </Button>
          {props.onCancel && (
            <Button variant="ghost" onPress={props.onCancel}>
              Cancel
            </Button>
          )}
          <SentNote status={form.status} />
        </Row>
      </Stack>
    </form>
  );
}
