import { type KeyboardEvent } from "react";

/** What the keys of a field with a list under it do (WAI-ARIA "Combobox"): the list's place that comes next. */
export function nextInList(event: KeyboardEvent, at: number, count: number): number | undefined {
  if (count === 0) return undefined;
  switch (event.key) {
    case "ArrowDown":
      return (at + 1) % count;
    case "ArrowUp":
      return (at <= 0 ? count : at) - 1;
    default:
      return undefined;
  }
}
