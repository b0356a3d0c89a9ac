import type { HostBridge } from "./bridge.ts";
import { RUNTIME_VERSION } from "./version.ts";

/** Why nothing could be shown (spec 05 section 3.4). */
export type BootFailure =
  | "MISSING_TOOL_OUTPUT"
  | "MISSING_META_GGUI_BOOTSTRAP"
  | "MALFORMED_BOOTSTRAP"
  | "EXPIRED_BOOTSTRAP"
  | "UI_INITIALIZE_FAILED"
  | "WS_HANDSHAKE_FAILED"
  | "UPGRADE_REQUIRED";

export type LifecycleState = "mounting" | "code-ready" | "error" | "disconnected";

/** What the host page is told of this view, outside of JSON-RPC. */
export class Lifecycle {
  readonly #bridge: HostBridge;

  constructor(bridge: HostBridge) {
    this.#bridge = bridge;
  }

  rendererReady(): void {
    this.#bridge.signal({ type: "ggui:renderer-ready", version: RUNTIME_VERSION });
  }

  state(state: LifecycleState, sessionId?: string, error?: { code: string; message: string }): void {
    console.debug(`[ggui:${state}]`, error ?? "");
    this.#bridge.signal({
      type: "ggui:lifecycle",
      event: { state, ...(sessionId === undefined ? {} : { sessionId }), ...(error === undefined ? {} : { error }) },
    });
  }

  bootstrapFailed(reason: BootFailure, message: string): void {
    console.warn(`[ggui:error] ${reason}: ${message}`);
    this.#bridge.signal({ type: "ggui:bootstrap-failed", reason, message });
  }

  observe(kind: string, details: Readonly<Record<string, unknown>> = {}): void {
    this.#bridge.signal({ type: "ggui:observe", event: { kind, ...details } });
  }
}
