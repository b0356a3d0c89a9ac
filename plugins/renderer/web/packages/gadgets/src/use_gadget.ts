import { useCallback, useEffect, useRef, useState } from "react";

import { faultOf, type GadgetError, type GadgetResult, type GadgetStatus } from "./result.ts";

/** One run of a gadget. */
export interface Run<T> {
  /** Aborted by `stop`, by another `start`, and when the component goes. */
  readonly signal: AbortSignal;
  /** The person has agreed, and it goes on; a value may be there already. */
  active(value?: T): void;
}

interface State<T> {
  readonly value: T | undefined;
  readonly status: GadgetStatus;
  readonly error?: GadgetError;
}

/**
 * The life of a gadget as a hook: it begins on `start`, ends with a value or a reason, and outlives no component.
 *
 * @param work Does it; reads the newest options, because it is called when the person asks and not while rendering.
 */
export function useGadget<T>(work: (run: Run<T>) => Promise<T | undefined>): GadgetResult<T> {
  const [state, setState] = useState<State<T>>({ value: undefined, status: "idle" });
  const latest = useRef(work);
  const running = useRef<AbortController>(undefined);
  useEffect(() => {
    latest.current = work;
  });
  useEffect(() => () => running.current?.abort(), []);

  const start = useCallback(async (): Promise<T | undefined> => {
    running.current?.abort();
    const own = new AbortController();
    running.current = own;
    const isCurrent = (): boolean => running.current === own;
    setState(({ value }) => ({ value, status: "prompting" }));
    try {
      const value = await latest.current({
        signal: own.signal,
        active: (early) => {
          if (isCurrent()) setState((before) => ({ value: early ?? before.value, status: "active" }));
        },
      });
      if (isCurrent()) setState((before) => ({ value: value ?? before.value, status: "completed" }));
      return value;
    } catch (thrown) {
      const error = faultOf(thrown);
      const isRefusal = error.code === "permission_denied" || error.code === "aborted";
      if (isCurrent()) setState(({ value }) => ({ value, status: isRefusal ? "denied" : "error", error }));
      return undefined;
    }
  }, []);

  const stop = useCallback(() => running.current?.abort(), []);
  return { ...state, start, stop };
}

/** Settles when a run is told to end. */
export function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
