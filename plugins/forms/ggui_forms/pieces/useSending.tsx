import { useState } from "react";
import { type Act } from "./Act";
import { type Problems } from "./Problems";

export type Status = "idle" | "busy" | "sent" | "failed";

/** Where the server says that something is wrong: `act.data.rows[2].day` is the field `rows.2.day` of a form. */
function fieldOf(path: string) {
  return path.replace(/^.*?\.data\.?/, "").replace(/\[(\d+)\]/g, ".$1");
}

/** Sends an action and remembers what became of it: `refused` holds what a form with these `fields` can show at one. */
export function useSending<Payload>(act: Act<Payload>, fields: string[] = []) {
  const [status, setStatus] = useState<Status>("idle");
  const [message, setMessage] = useState("");
  const [refused, setRefused] = useState<Problems>({});

  async function send(payload?: Payload) {
    setStatus("busy");
    const outcome = await act(payload);
    const isSent = !outcome || outcome.ok;
    const found = isSent ? [] : (outcome.violations ?? []).map((one) => ({ ...one, at: fieldOf(one.field) }));
    const isShown = ({ at }: { at: string }) => fields.includes(at.split(".")[0] ?? "");
    const others = found.filter((one) => !isShown(one)).map((one) => `${one.field}: ${one.message}`);
    const reason = isSent ? "" : found.some(isShown) ? "Please check the marked fields." : outcome.message;
    setRefused(Object.fromEntries(found.filter(isShown).map((one) => [one.at, one.message])));
    setMessage([reason, ...others].join("\n"));
    setStatus(isSent ? "sent" : "failed");
    return isSent;
  }

  return { status, message, refused, setRefused, send };
}
