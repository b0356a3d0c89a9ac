/** The four moments as an agent lives them: handshake, render, and then consume, update, emit until it is stopped. */

import { CallFailed, type McpClient, object, text } from "./mcp";
import { type Json, type JsonObject, type Moment, emissions, filled, merged, react } from "./reactions";
import type { Sample } from "./samples";

/** What the agent tells those who watch it. */
export interface Observer {
  /** There is a card now. */
  rendered(sessionId: string): Promise<void>;
  /** The person did something. */
  gesture(event: JsonObject, say: string): void;
}

const CONSUME_S = 25;

export class Agent {
  private props: JsonObject = {};
  private serial = 0;

  constructor(
    private readonly mcp: McpClient,
    private readonly sample: Sample,
    private readonly observer: Observer,
    private readonly signal: AbortSignal,
  ) {}

  /** Runs until the session ends or the signal says stop; rejects with `CallFailed` when a call leads nowhere. */
  async run(): Promise<void> {
    await this.mcp.initialize(this.signal);
    const sessionId = await this.render(await this.handshake());
    await this.observer.rendered(sessionId);
    // Whichever ends first ends the run: an expired session needs no stream, a failed emit no listener.
    await Promise.race([this.listen(sessionId), this.stream(sessionId)]);
  }

  private async handshake(): Promise<string> {
    const { intent, contract } = this.sample;
    const answer = await this.call("ggui_handshake", { intent, blueprintDraft: { contract } });
    if (answer["action"] === "declined") {
      const reason = text(object(answer["suggestion"])["rationale"]);
      throw new CallFailed(`The server declined the contract. ${reason}`, 200, "declined", "");
    }
    return text(answer["handshakeId"]);
  }

  private async render(handshakeId: string): Promise<string> {
    this.props = object(filled(this.sample.props, this.moment(null, null)));
    const answer = await this.call("ggui_render", { handshakeId, props: this.props });
    return text(answer["sessionId"]);
  }

  private async listen(sessionId: string): Promise<void> {
    for (;;) {
      const answer = await this.call("ggui_consume", { sessionId, timeout: CONSUME_S });
      const events = Array.isArray(answer["events"]) ? answer["events"] : [];
      for (const event of events) await this.answer(sessionId, object(event));
      if (answer["status"] === "expired") return;
    }
  }

  private async answer(sessionId: string, event: JsonObject): Promise<void> {
    this.serial += 1;
    const rule = this.sample.reactions[text(event["intent"])];
    if (rule === undefined) {
      this.observer.gesture(event, "The agent has no rule for this action.");
      return;
    }
    const reply = react(rule, this.moment(event["actionData"] ?? null, event["uiContext"] ?? null));
    this.observer.gesture(event, reply.say);
    if (Object.keys(reply.patch).length > 0) {
      await this.call("ggui_update", { sessionId, kind: "merge", patch: reply.patch });
      this.props = object(merged(this.props, reply.patch));
    }
    for (const emission of reply.emits) await this.emit(sessionId, emission.channel, emission.payload);
  }

  /** Never ends by itself; a card without a stream waits for the signal alone. */
  private async stream(sessionId: string): Promise<void> {
    const { stream } = this.sample;
    if (stream === undefined) return await new Promise(() => undefined);
    for (let tick = 0; ; tick += 1) {
      // Nobody watches a page in the background; the card catches up by itself.
      const due = document.hidden ? [] : (stream.ticks[tick % stream.ticks.length] ?? []);
      for (const { channel, payload } of emissions(due, this.moment(null, null))) {
        await this.emit(sessionId, channel, payload);
      }
      await pause(stream.everyMs, this.signal);
    }
  }

  private async emit(sessionId: string, channel: string, payload: Json): Promise<void> {
    await this.call("ggui_emit", { sessionId, channel, payload });
  }

  private call(tool: string, args: JsonObject): Promise<JsonObject> {
    return this.mcp.call(tool, args, this.signal);
  }

  private moment(data: Json, context: Json): Moment {
    return { nowMs: Date.now(), serial: this.serial, data, context, props: this.props };
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      },
      { once: true },
    );
  });
}
