import type { HostBridge } from "./bridge.ts";
import { isObject, text, type JsonObject } from "./json.ts";
import { MCP_APPS_VERSION, RUNTIME_VERSION } from "./version.ts";

const INITIALIZE_ID = 0;
/** After this long without an answer the host is taken for one that answers no `ui/initialize`. */
const PATIENCE_MS = 3_000;

/** The MCP Apps host around this view: what it can do, and the context it keeps telling. */
export class Host {
  readonly bridge: HostBridge;
  /** Settles when the host has answered, or has been waited for long enough: from then on it can be talked to. */
  readonly ready: Promise<void>;
  #context: JsonObject = {};
  #capabilities: JsonObject | undefined;
  #becomeReady: () => void = () => undefined;
  readonly #listeners = new Set<() => void>();

  constructor(bridge: HostBridge) {
    this.bridge = bridge;
    this.ready = new Promise((resolve) => (this.#becomeReady = resolve));
    bridge.onNotification("ui/notifications/host-context-changed", (params) => this.#adopt(params));
    bridge.onRequest("ping", () => ({}));
  }

  /** Introduce this view. Nothing waits for the answer but what must be sent after it. */
  introduce(): void {
    if (!this.bridge.hasHost) return this.#becomeReady();
    setTimeout(this.#becomeReady, PATIENCE_MS);
    const params = {
      appInfo: { name: "ggui-iframe-runtime", version: RUNTIME_VERSION },
      appCapabilities: { availableDisplayModes: ["inline", "fullscreen", "pip"] },
      protocolVersion: MCP_APPS_VERSION,
    };
    this.bridge
      .request("ui/initialize", params, { id: INITIALIZE_ID, timeoutMs: Infinity, pin: true })
      .then((result) => this.#welcome(isObject(result) ? result : {}))
      .catch((error: unknown) => console.warn("[ggui] the host refused ui/initialize:", error))
      .finally(this.#becomeReady);
  }

  /** The latest context; members that the host did not name are absent. */
  get context(): JsonObject {
    return this.#context;
  }

  get theme(): "light" | "dark" | undefined {
    const theme = this.#context["theme"];
    return theme === "light" || theme === "dark" ? theme : undefined;
  }

  /** The palette of the host: `--color-…` to value. */
  get variables(): Readonly<Record<string, string>> {
    const styles = this.#context["styles"];
    const variables = isObject(styles) ? styles["variables"] : undefined;
    if (!isObject(variables)) return {};
    const texts = Object.entries(variables).filter((entry): entry is [string, string] => typeof entry[1] === "string");
    return Object.fromEntries(texts);
  }

  /** Font faces of the host, as CSS. */
  get fonts(): string | undefined {
    const styles = this.#context["styles"];
    const css = isObject(styles) ? styles["css"] : undefined;
    return isObject(css) ? text(css["fonts"]) : undefined;
  }

  /** Whether the host passes tool calls on; `undefined` as long as it has not said. */
  get relaysTools(): boolean | undefined {
    return this.#capabilities === undefined ? undefined : "serverTools" in this.#capabilities;
  }

  /** Whether the host takes messages for the conversation. */
  get takesMessages(): boolean {
    return this.#capabilities !== undefined && "message" in this.#capabilities;
  }

  /** Be told of every change of the context, the first answer included, until the returned function is called. */
  onContext(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #welcome(result: JsonObject): void {
    this.#capabilities = isObject(result["hostCapabilities"]) ? result["hostCapabilities"] : {};
    this.bridge.notify("ui/notifications/initialized");
    this.#adopt(isObject(result["hostContext"]) ? result["hostContext"] : {});
  }

  #adopt(change: JsonObject): void {
    // Some hosts wrap the partial context once more.
    const partial = isObject(change["hostContext"]) ? change["hostContext"] : change;
    this.#context = { ...this.#context, ...partial };
    for (const listener of [...this.#listeners]) listener();
  }
}
