import { type Outcome } from "@ggui-ai/wire";

/** Sends an action; what comes back says whether it arrived. */
export type Act<Payload> = (payload?: Payload) => Promise<Outcome | undefined>;
