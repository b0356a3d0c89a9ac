import type { Outcome } from "./outcome.ts";

/** One delivery on a stream channel. */
export interface Delivery {
  readonly payload: unknown;
  readonly mode: "append" | "replace";
  readonly complete?: boolean;
}

/** A value that changes, as `useSyncExternalStore` wants it. */
export interface Readable<T> {
  get(): T;
  subscribe(listener: () => void): () => void;
}

/** A value that readers share and may change. */
export interface Writable<T> extends Readable<T> {
  set(next: T): void;
}

/**
 * What a component is wired to (spec 05 section 6).
 *
 * `dispatch`, `subscribe` and the plain records are the public part. `connection` and `slots` are ours: without them
 * `useRender` reports the fixed `render.isConnected`, and no context slot is declared.
 */
export interface WireConfig {
  readonly app: {
    readonly appId: string;
    readonly appName: string;
    readonly appDescription?: string;
    readonly appIcon?: string;
  };
  readonly render: { readonly sessionId: string; readonly isConnected: boolean };
  readonly auth: { readonly userId?: string; readonly isAuthenticated: boolean };
  dispatch(name: string, data: unknown): Promise<Outcome> | void;
  subscribe(channel: string, handler: (delivery: Delivery) => void): () => void;
  onDispatchSuppressed?(name: string, data: unknown): void;
  readonly connection?: Readable<boolean>;
  readonly slots?: ReadonlyMap<string, Writable<unknown>>;
}
