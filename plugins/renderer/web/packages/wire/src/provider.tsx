import { createContext, useContext, type ReactNode } from "react";

import type { WireConfig } from "./config.ts";

const Wire = createContext<WireConfig | null>(null);

/** Wires the components inside it to a session. */
export function GguiWireProvider({ config, children }: { config: WireConfig; children?: ReactNode }): ReactNode {
  return <Wire value={config}>{children}</Wire>;
}

/**
 * The wiring of the surrounding provider.
 *
 * @throws Error outside of a provider.
 */
export function useWireContext(): WireConfig {
  const config = useContext(Wire);
  if (config === null) throw new Error("ggui hooks work only inside a GguiWireProvider.");
  return config;
}
