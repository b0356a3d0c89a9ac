import { useEffect, useRef } from "react";

/** Moves the focus to the first control inside when `state` changes, so that the keyboard is not lost. */
export function useFocusAfterChange(state: boolean) {
  const frame = useRef<HTMLDivElement>(null);
  const before = useRef(state);
  useEffect(() => {
    if (before.current !== state) frame.current?.querySelector<HTMLElement>("button, input, select, textarea")?.focus();
    before.current = state;
  }, [state]);
  return frame;
}
