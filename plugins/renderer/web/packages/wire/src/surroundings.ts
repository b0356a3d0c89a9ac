import { useMemo, useSyncExternalStore } from "react";

import type { WireConfig } from "./config.ts";
import { useWireContext } from "./provider.tsx";

/** The app that the render belongs to. */
export function useApp(): WireConfig["app"] {
  return useWireContext().app;
}

/** The session, and whether updates reach it at this moment. */
export function useRender(): { sessionId: string; isConnected: boolean } {
  const { render, connection } = useWireContext();
  const isConnected = useSyncExternalStore(
    connection?.subscribe ?? never,
    () => connection?.get() ?? render.isConnected,
    () => render.isConnected,
  );
  return useMemo(() => ({ sessionId: render.sessionId, isConnected }), [render.sessionId, isConnected]);
}

/** Who looks at it; a view knows no user. */
export function useAuth(): WireConfig["auth"] {
  return useWireContext().auth;
}

function never(): () => void {
  return () => undefined;
}
