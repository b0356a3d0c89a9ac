import { useAction } from "./action.ts";
import { useStream } from "./stream.ts";

/** The hooks, typed by a contract; the contract itself has no effect here. */
export function useContract(_contract?: unknown): { useAction: typeof useAction; useStream: typeof useStream } {
  return HOOKS;
}

const HOOKS = { useAction, useStream };
