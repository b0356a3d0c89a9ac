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
  const { status, message, refused, setRefused, send } = useSending(act, Object.keys(blank as object));
  const found = attempts > 0 ? check(draft) : {};
  const problems = { ...refused, ...found };

  function change(part: Partial<Draft>) {
    const isOld = (field: string) => Object.keys(part).includes(field.split(".")[0] ?? "");
    setDraft((before) => ({ ...before, ...part }));
    setRefused((before) => Object.fromEntries(Object.entries(before).filter(([field]) => !isOld(field))));
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

  return { draft, change, problems, found, attempts, status, message, isComplete, deliver };
}
