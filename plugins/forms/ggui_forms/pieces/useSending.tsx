import { useState } from "react";
import { type Act } from "./Act";

export type Status = "idle" | "busy" | "sent" | "failed";

/** Sends an action and remembers what became of it. */
export function useSending<Payload>(act: Act<Payload>) {
  const [status, setStatus] = useState<Status>("idle");
  const [message, setMessage] = useState("");

  async function send(payload?: Payload) {
    setStatus("busy");
    const outcome = await act(payload);
    const isSent = !outcome || outcome.ok;
    const reasons = isSent ? [] : (outcome.violations ?? []).map((found) => `${found.field}: ${found.message}`);
    setMessage(isSent ? "" : [outcome.message, ...reasons].join("\n"));
    setStatus(isSent ? "sent" : "failed");
    return isSent;
  }

  return { status, message, send };
}
