import { type Problems } from "./Problems";

/** Leaves out what is fine. */
export function problemsOf(checked: Record<string, string | undefined>): Problems {
  return Object.fromEntries(Object.entries(checked).filter((entry): entry is [string, string] => Boolean(entry[1])));
}
