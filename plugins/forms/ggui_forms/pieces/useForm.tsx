import { useState } from "react";
import { type Act } from "./Act";
import { type Problems } from "./Problems";
import { useSending } from "./useSending";

export interface FormOptions<Draft, Payload> {
  act: Act<Payload>;
  blank: Draft;
  check: (draft: Draft) => Problems;
  payload: (draft: Draft) => Payload;
  onSent?: () => void;
}

/** The state of a form: what was entered, what is wrong with it once it was tried, and how sending goes. */
export function useForm<Draft, Payload>({ act, blank, check, payload, onSent }: FormOptions<Draft, Payload>) {
  const [draft, setDraft] = useState(blank);
  const [attempts, setAttempts] = useState(0);
  const { status, message, send } = useSending(act);
  const problems = attempts > 0 ? check(draft) : {};

  function change(part: Partial<Draft>) {
    setDraft((before) => ({ ...before, ...part }));
  }

  function isComplete() {
    const isRight = Object.keys(check(draft)).length === 0;
    setAttempts(isRight ? 0 : attempts + 1);
    return isRight && status !== "busy";
  }

  async function deliver() {
    if (await send(payload(draft))) {
      setDraft(blank);
      onSent?.();
    }
  }

  return { draft, change, problems, attempts, status, message, isComplete, deliver };
}
