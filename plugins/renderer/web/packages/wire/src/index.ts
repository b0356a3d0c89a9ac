/** The component-facing API (spec 05 section 6): what generated code imports from `@ggui-ai/wire`. */
export { useAction } from "./action.ts";
export type { Delivery, Readable, WireConfig, Writable } from "./config.ts";
export { useGguiContext, type SetContext } from "./context.ts";
export { useContract } from "./contract.ts";
export type { StreamState } from "./fold.ts";
export type { Outcome, Violation } from "./outcome.ts";
export { GguiWireProvider, useWireContext } from "./provider.tsx";
export { useStream } from "./stream.ts";
export { useApp, useAuth, useRender } from "./surroundings.ts";
