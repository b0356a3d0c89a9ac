import type { Outcome, Violation } from "@ggui-ai/wire";

import { HostFault } from "./bridge.ts";
import { doorbellMessage, ringId } from "./doorbell.ts";
import { fnv1a } from "./fnv.ts";
import type { Host } from "./host.ts";
import { isObject, messageOf, text, type JsonObject } from "./json.ts";
import { MESSAGES } from "./messages.ts";
import type { Notices } from "./notices.ts";
import type { Relay } from "./relay.ts";
import type { Telemetry } from "./telemetry.ts";
import type { Lifecycle } from "./lifecycle.ts";

const TOOL = "ggui_runtime_submit_action";
const ATTEMPT_TIMEOUT_MS = 20_000;
/** The server itself may hold its answer for 2 s, to see whether an agent comes. */
const SLOW_MS = 5_000;
const RETRY_AFTER_MS = [300, 900];
const RETRY_WITHOUT_HOST_MS: readonly number[] = [];

/** A gesture on its way to the server. */
export interface Dispatch {
  readonly actionId: string;
  readonly intent: string;
  readonly data: unknown;
  readonly firedAt: string;
  readonly uiContext: JsonObject;
}

/** What gestures need of the card they are made in. */
export interface GestureCard {
  readonly sessionId: string;
  readonly appId: string;
  /** Whether a newer card has taken over. */
  isSuperseded(): boolean;
  /** The context slots at this moment. */
  snapshot(): JsonObject;
  /** What an action is called on its button, if the contract is known. */
  labelOf(intent: string): string | undefined;
  /** The relay took unusually long. */
  relayWasSlow(): void;
  /** Sends over the live socket; `undefined` when there is none. The way of last resort. */
  sendLive(dispatch: Dispatch): Promise<Outcome> | undefined;
}

/** Brings what a person does to the server, and tells the conversation when nobody listens (spec 05 section 8). */
export class Gestures {
  readonly #host: Host;
  readonly #relay: Relay;
  readonly #card: GestureCard;
  readonly #notices: Notices;
  readonly #telemetry: Telemetry;
  readonly #lifecycle: Lifecycle;
  #lastFired = 0;
  #latched = false;

  constructor(host: Host, relay: Relay, card: GestureCard, notices: Notices, telemetry: Telemetry, lifecycle: Lifecycle) {
    this.#host = host;
    this.#relay = relay;
    this.#card = card;
    this.#notices = notices;
    this.#telemetry = telemetry;
    this.#lifecycle = lifecycle;
  }

  /** Send one gesture. Never rejects: what went wrong is the outcome. */
  async dispatch(intent: string, data: unknown): Promise<Outcome> {
    if (this.#card.isSuperseded()) {
      this.#telemetry.note("gesture.dropped_superseded", intent);
      this.#notices.announce(MESSAGES.superseded);
      return { ok: false, code: "SUPERSEDED", message: MESSAGES.superseded };
    }
    const dispatch = this.#seal(intent, data);
    this.#announceToModel(dispatch);
    this.#notices.pending(dispatch.actionId, this.#card.labelOf(intent) ?? intent);
    const outcome = await this.#deliver(dispatch);
    this.#telemetry.note("gesture.result", outcome.ok ? `heard=${outcome.heard}` : outcome.code);
    this.#report(dispatch, outcome);
    return outcome;
  }

  /** An agent has drained a gesture. */
  drained(actionId: string): void {
    this.#notices.heard(actionId);
  }

  /** Put on record that a link was opened or the display mode changed; nobody waits for it. */
  audit(kind: "openLink" | "requestDisplayMode", payload: { url: string } | { mode: string }): void {
    const firedAt = new Date().toISOString();
    const actionId = fnv1a(`${kind}|${Object.values(payload)[0] as string}|${firedAt}`);
    const { sessionId, appId } = this.#card;
    this.#relay.call(submitTool(), { kind, payload, sessionId, appId, actionId, firedAt }).catch(() => undefined);
  }

  /** Times grow strictly within a view: the same gesture made twice must have two ids. */
  #seal(intent: string, data: unknown): Dispatch {
    this.#lastFired = Math.max(Date.now(), this.#lastFired + 1);
    const firedAt = new Date(this.#lastFired).toISOString();
    const actionId = fnv1a(`${intent}|${JSON.stringify(data ?? null)}|${firedAt}`);
    return { actionId, intent, data: data ?? null, firedAt, uiContext: this.#card.snapshot() };
  }

  #announceToModel({ actionId, intent, data, firedAt }: Dispatch): void {
    const { sessionId, appId } = this.#card;
    const said = JSON.stringify({ actionId, intent, data, firedAt, sessionId, appId });
    this.#host.ready
      .then(() =>
        this.#host.bridge.request("ui/update-model-context", { content: [{ type: "text", text: `[ggui:pending-action] ${said}` }] }),
      )
      .catch(() => undefined); // many hosts do not know it; the gesture does not depend on it
  }

  async #deliver(dispatch: Dispatch): Promise<Outcome> {
    const { sessionId, appId } = this.#card;
    const { actionId, firedAt, intent, data, uiContext } = dispatch;
    const payload = { intent, actionData: data, uiContext };
    const args = { kind: "dispatch", payload, sessionId, appId, actionId, firedAt };
    const pauses = this.#host.bridge.hasHost ? RETRY_AFTER_MS : RETRY_WITHOUT_HOST_MS;
    for (let attempt = 0; ; attempt += 1) {
      try {
        const began = performance.now();
        const outcome = outcomeOf(await this.#relay.call(submitTool(), args, ATTEMPT_TIMEOUT_MS));
        if (performance.now() - began > SLOW_MS) this.#card.relayWasSlow();
        this.#unlatch();
        return outcome;
      } catch (fault) {
        const isStructural = fault instanceof HostFault && fault.isStructural;
        const pause = isStructural ? undefined : pauses[attempt];
        if (pause === undefined) return this.#withoutRelay(dispatch, messageOf(fault), isStructural);
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  /** Only what certainly never left this page may go another way: the server would count it twice. */
  async #withoutRelay(dispatch: Dispatch, message: string, isStructural: boolean): Promise<Outcome> {
    const live = isStructural ? this.#card.sendLive(dispatch) : undefined;
    if (live !== undefined) return live;
    if (isStructural) this.#latch();
    return { ok: false, code: "RELAY_FAILED", message };
  }

  #report(dispatch: Dispatch, outcome: Outcome): void {
    if (outcome.ok) {
      if (outcome.heard) return;
      this.#ring(dispatch);
      this.#notices.unheard(dispatch.actionId, this.#host.takesMessages);
    } else if (outcome.code === "RELAY_FAILED" && this.#latched) this.#notices.incapable();
    else if (outcome.code === "PIPE_NOT_FOUND") this.#notices.failed(MESSAGES.gone);
    else if (outcome.violations !== undefined) this.#notices.rejected(MESSAGES.notAccepted);
    else this.#notices.failed(MESSAGES.notSent(outcome.message));
  }

  #ring({ actionId, intent }: Dispatch): void {
    const { sessionId } = this.#card;
    const message = doorbellMessage({ sessionId, actionId, intent, submittedAt: new Date().toISOString() });
    this.#telemetry.note("doorbell.ring");
    this.#host.ready
      .then(() => this.#host.bridge.request("ui/message", message, { id: ringId() }))
      .catch(() => this.#notices.unheard(actionId, false));
  }

  #latch(): void {
    if (this.#latched) return;
    this.#latched = true;
    this.#lifecycle.observe("relay-incapability", { state: "latched" });
  }

  #unlatch(): void {
    if (!this.#latched) return;
    this.#latched = false;
    this.#notices.capable();
    this.#lifecycle.observe("relay-incapability", { state: "cleared" });
  }
}

function submitTool(): string {
  return text((globalThis as { __GGUI_DISPATCH_TOOL__?: unknown }).__GGUI_DISPATCH_TOOL__) ?? TOOL;
}

/**
 * What the server's answer means for the component. Only a literal `true` counts as heard.
 *
 * @throws HostFault for an answer that is none.
 */
export function outcomeOf(answer: JsonObject): Outcome {
  if (answer["ok"] === true) return { ok: true, heard: answer["consumerPresent"] === true };
  if (answer["ok"] !== false) throw new HostFault(text(answer["message"]) ?? "The answer to the action was not understood.");
  const violations = violationsOf(answer["violations"]);
  return {
    ok: false,
    code: text(answer["code"]) ?? "REFUSED",
    message: text(answer["message"]) ?? "The server refused it.",
    ...(violations.length > 0 || answer["code"] === "CONTRACT_VIOLATION" ? { violations } : {}),
  };
}

function violationsOf(raw: unknown): Violation[] {
  if (!Array.isArray(raw)) return [];
  return (raw as unknown[])
    .filter(isObject)
    .map((entry) => ({ field: text(entry["field"]) ?? "", message: text(entry["message"]) ?? "" }));
}
