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
  /** Whether the view fills in what a person typed before: what that sets off, nobody did. */
  isRestoring(): boolean;
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
    if (this.#card.isRestoring()) return { ok: false, code: "RESTORING", message: "The view is being restored." };
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
    this.#relay.callAnyWay(submitTool(), { kind, payload, sessionId, appId, actionId, firedAt }).catch(() => undefined);
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

  /** The server counts a gesture once by its `actionId`, so it may be sent again, and by another way. */
  async #deliver(dispatch: Dispatch): Promise<Outcome> {
    const { sessionId, appId } = this.#card;
    const { actionId, firedAt, intent, data, uiContext } = dispatch;
    const payload = { intent, actionData: data, uiContext };
    const args = { kind: "dispatch", payload, sessionId, appId, actionId, firedAt };
    let isRelayUseless = !this.#host.bridge.hasHost;
    let fault = new HostFault("There is no host around this page.", undefined, true);
    for (let attempt = 0; attempt <= RETRY_AFTER_MS.length; attempt += 1) {
      const pause = RETRY_AFTER_MS[attempt - 1];
      if (pause !== undefined) await new Promise((resolve) => setTimeout(resolve, pause));
      if (!isRelayUseless) {
        try {
          return await this.#byRelay(args);
        } catch (thrown) {
          fault = asFault(thrown);
          isRelayUseless = fault.isStructural;
        }
      }
      if (this.#relay.hasTokenRoute) {
        try {
          return await this.#byToken(args);
        } catch (thrown) {
          if (isRelayUseless) fault = asFault(thrown);
          if (isRelayUseless && fault.isStructural) break;
        }
      } else if (isRelayUseless) break;
    }
    if (isRelayUseless && this.#host.bridge.hasHost) this.#latch();
    return { ok: false, code: "RELAY_FAILED", message: fault.message };
  }

  /** Over the host; when it takes unusually long the other way is tried beside it, and whichever answers first counts. */
  async #byRelay(args: JsonObject): Promise<Outcome> {
    const relayed = this.#relay.call(submitTool(), args, ATTEMPT_TIMEOUT_MS).then(outcomeOf);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<Outcome>((resolve) => {
      timer = setTimeout(() => {
        this.#card.relayWasSlow();
        if (this.#relay.hasTokenRoute) this.#byToken(args).then(resolve, () => undefined);
      }, SLOW_MS);
    });
    try {
      const outcome = await Promise.race([relayed, late]);
      this.#unlatch();
      return outcome;
    } finally {
      clearTimeout(timer);
    }
  }

  async #byToken(args: JsonObject): Promise<Outcome> {
    const outcome = outcomeOf(await this.#relay.callByToken(submitTool(), args, ATTEMPT_TIMEOUT_MS));
    this.#telemetry.note("gesture.by_token");
    return outcome;
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

function asFault(thrown: unknown): HostFault {
  return thrown instanceof HostFault ? thrown : new HostFault(messageOf(thrown));
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
