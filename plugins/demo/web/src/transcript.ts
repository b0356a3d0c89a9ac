/** What the agent sees: its calls, the answers, and the gestures in them, in the order in which they happen. */

import { create, element } from "./dom";
import { jsonView } from "./json_view";
import { type Call, object, text } from "./mcp";
import type { JsonObject } from "./reactions";

interface Entry {
  row: HTMLLIElement;
  call: Call;
  /** How often the same uneventful call came in a row. */
  times: number;
}

const MOST_ENTRIES = 200;
const AT_END_PX = 48;

export class Transcript {
  private readonly box = element("log", HTMLDivElement);
  private readonly list = element("log-entries", HTMLOListElement);
  private readonly empty = element("log-empty", HTMLParagraphElement);
  private readonly unfold = element("log-unfold", HTMLButtonElement);
  private readonly entries = new Map<Call, Entry>();
  private last: Entry | null = null;

  constructor() {
    this.unfold.addEventListener("click", () => {
      const open = !this.unfolded;
      this.unfold.setAttribute("aria-pressed", String(open));
      for (const details of this.list.querySelectorAll("details")) details.open = open;
    });
  }

  clear(): void {
    this.entries.clear();
    this.last = null;
    this.list.replaceChildren();
    this.empty.hidden = false;
  }

  /** A call was sent, or answered. */
  call(call: Call): void {
    this.keepingPlace(() => this.draw(this.entries.get(call) ?? this.enter(call)));
  }

  gesture(event: JsonObject, say: string): void {
    const row = create("li", "gesture");
    const title = create("p", "gesture-title");
    title.append("Gesture ", create("code", "", text(event["intent"])));
    row.append(title, jsonView(event), create("p", "gesture-say", say));
    this.keepingPlace(() => this.append(row));
    this.last = null;
  }

  private get unfolded(): boolean {
    return this.unfold.getAttribute("aria-pressed") === "true";
  }

  private enter(call: Call): Entry {
    const before = this.last;
    if (before !== null && isUneventful(before.call) && before.call.name === call.name) {
      // The same again, and nothing came of it: one line counts.
      this.entries.delete(before.call);
      before.call = call;
      before.times += 1;
      this.entries.set(call, before);
      return before;
    }
    const row = create("li", "call");
    const details = create("details", "");
    details.open = this.unfolded;
    row.append(details);
    const entry: Entry = { row, call, times: 1 };
    this.entries.set(call, entry);
    this.last = entry;
    this.append(row);
    return entry;
  }

  private draw({ row, call, times }: Entry): void {
    const details = row.querySelector("details");
    if (details === null) return;
    const { answer } = call;
    row.dataset["state"] = answer === null ? "waiting" : answer.failed ? "failed" : "answered";
    const summary = details.querySelector("summary") ?? details.appendChild(create("summary", ""));
    const parts = [create("code", "call-name", call.name), create("span", "call-gist", gist(call))];
    if (times > 1) parts.push(create("span", "call-times", `× ${times}`));
    if (answer !== null) parts.push(create("span", "call-took", took(answer.tookMs)));
    summary.replaceChildren(...parts.flatMap((part) => [part, " "]));
    const body = [create("p", "call-part", "Call"), jsonView({ method: call.method, params: call.params })];
    if (answer !== null) body.push(create("p", "call-part", "Answer"), jsonView(answer.body));
    while (summary.nextSibling !== null) summary.nextSibling.remove();
    details.append(...body);
  }

  private append(row: HTMLLIElement): void {
    this.empty.hidden = true;
    this.list.append(row);
    if (this.list.childElementCount > MOST_ENTRIES) this.list.firstElementChild?.remove();
  }

  /** Follow the end while the reader is there; stay put while they read above it. */
  private keepingPlace(change: () => void): void {
    const atEnd = this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight < AT_END_PX;
    change();
    if (atEnd) this.box.scrollTop = this.box.scrollHeight;
  }
}

function isUneventful(call: Call): boolean {
  if (call.answer === null || call.answer.failed) return false;
  if (call.name === "ggui_emit") return true;
  const events = object(call.answer.body["structuredContent"])["events"];
  return call.name === "ggui_consume" && Array.isArray(events) && events.length === 0;
}

/** One line about a call. */
function gist(call: Call): string {
  const { answer } = call;
  const args = object(call.params["arguments"]);
  if (answer === null) return call.name === "ggui_consume" ? "waits for a gesture…" : "…";
  if (answer.failed) return "failed";
  const output = object(answer.body["structuredContent"]);
  switch (call.name) {
    case "initialize": {
      const server = object(answer.body["serverInfo"]);
      return `${text(server["name"])} ${text(server["version"])}`;
    }
    case "ggui_handshake":
      return `${text(output["action"])}, contract ${text(contractHash(output)).slice(0, 8)}`;
    case "ggui_render":
      return `session ${text(output["sessionId"]).slice(0, 8)}`;
    case "ggui_consume":
      return events(output["events"]);
    case "ggui_update":
      return output["updated"] === true ? "the card repaints" : "nothing changed";
    case "ggui_emit":
      return `to the channel ${text(args["channel"])}`;
    default:
      return "";
  }
}

function contractHash(output: JsonObject): JsonObject[string] | undefined {
  return object(object(output["suggestion"])["blueprintMeta"])["contractHash"];
}

function events(found: JsonObject[string] | undefined): string {
  const count = Array.isArray(found) ? found.length : 0;
  if (count === 0) return "no gesture yet";
  return count === 1 ? "1 gesture" : `${count} gestures`;
}

function took(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
