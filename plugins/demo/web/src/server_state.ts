/** Whether the server is well: asked again and again while somebody looks. */

import { type Health, health } from "./api";
import { announce } from "./announcer";
import { element, say } from "./dom";
import { type Facts, facts } from "./facts";
import { duration } from "./time";

type Lamp = "unknown" | "ok" | "degraded" | "unreachable";

const INTERVAL_MS = 15_000;

const WORDS: Record<Lamp, string> = {
  unknown: "Asking the server…",
  ok: "Running well",
  degraded: "Running, with problems",
  unreachable: "Not reachable",
};

export class ServerState {
  private readonly lamp = element("lamp", HTMLParagraphElement);
  private readonly word = element("lamp-word", HTMLSpanElement);
  private readonly trouble = element("server-trouble", HTMLParagraphElement);
  private state: Lamp = "unknown";
  private startedAtMs: number;

  constructor(private readonly known: Facts) {
    this.startedAtMs = known.startedAtMs;
    setInterval(() => void this.ask(), INTERVAL_MS);
    document.addEventListener("visibilitychange", () => void this.ask());
    void this.ask();
  }

  private async ask(): Promise<void> {
    if (document.hidden) return;
    const reply = await health();
    if (!reply.ok) {
      this.show("unreachable");
      say(this.trouble, "The server does not answer. This page tries again every 15 seconds.");
      return;
    }
    if (this.state === "unreachable") await this.refreshStart();
    this.fill(reply.value);
  }

  private fill(found: Health): void {
    element("server-version", HTMLElement).textContent = `${found.server} ${found.version}`.trim() || "unknown";
    element("server-tools", HTMLElement).textContent = found.tools === null ? "unknown" : String(found.tools);
    element("server-data", HTMLElement).textContent = this.durability(found);
    const well = found.status === "ok";
    this.show(well ? "ok" : "degraded");
    say(
      this.trouble,
      found.failing.length > 0
        ? `Failing checks: ${found.failing.join(", ")}. The server’s log says more.`
        : well
          ? ""
          : "The server reports that it is degraded. Its log says more.",
    );
  }

  private durability(found: Health): string {
    if (found.durable) return "Kept when the server stops";
    return this.known.ephemeral || !this.known.pairing ? "In memory only" : "Pairings kept, the rest in memory";
  }

  private show(next: Lamp): void {
    const changed = this.state !== next;
    const first = this.state === "unknown";
    this.state = next;
    this.lamp.dataset["lamp"] = next;
    this.word.textContent = WORDS[next];
    element("server-uptime", HTMLElement).textContent =
      next === "unreachable" ? "–" : duration(Date.now() - this.startedAtMs);
    if (changed && !(first && next === "ok")) announce(`Server: ${WORDS[next]}`);
  }

  /** An answer after silence may come from a new process. */
  private async refreshStart(): Promise<void> {
    try {
      const page = new DOMParser().parseFromString(await (await fetch("/")).text(), "text/html");
      this.startedAtMs = facts(page).startedAtMs;
    } catch {
      // Whatever answers there is no landing page; the old time stays.
    }
  }
}
