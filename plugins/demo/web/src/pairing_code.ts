/** Start pairing: the code, its countdown, and the moment a device has used it. */

import { type Pairing, type PairingCode, explain, pairings, startPairing } from "./api";
import { announce } from "./announcer";
import type { Devices } from "./devices";
import { create, element, say } from "./dom";
import type { Session } from "./session";
import { pairCommand } from "./snippets";
import { clock } from "./time";

type State = "idle" | "shown" | "used" | "expired" | "replaced";

const POLL_MS = 3_000;
const TICK_MS = 250;
const SPOKEN_S = [300, 120, 60, 30, 10];

export class PairingCodePanel {
  private readonly panel = element("code-panel", HTMLDivElement);
  private readonly button = element("start-pairing", HTMLButtonElement);
  private readonly digits = element("code-digits", HTMLParagraphElement);
  private readonly spoken = element("code-spoken", HTMLSpanElement);
  private readonly timer = element("code-timer", HTMLSpanElement);
  private readonly fuse = element("code-fuse", HTMLProgressElement);
  private readonly command = element("pair-command", HTMLElement);
  private readonly outcome = element("code-outcome", HTMLParagraphElement);
  private readonly problem = element("pairing-problem", HTMLParagraphElement);
  private state: State = "idle";
  private endsAtMs = 0;
  private lifetimeMs = 0;
  private ticker = 0;
  private poller = 0;
  private lastSpokenS = Infinity;
  private known = new Set<string>();
  private busy = false;

  constructor(
    private readonly session: Session,
    private readonly devices: Devices,
    private readonly baseUrl: string,
  ) {
    this.button.addEventListener("click", () => this.start());
    session.addEventListener("change", () => this.showWaiting());
    document.addEventListener("visibilitychange", () => {
      if (this.state === "shown") void this.look();
    });
  }

  /** Another code was made, so the server has forgotten the one that is shown. */
  replaced(): void {
    if (this.state === "shown") this.end("replaced", "The code was replaced by one for a new key. Start pairing again.");
  }

  private start(): void {
    this.session.act(() => void this.request());
  }

  private async request(): Promise<void> {
    if (this.busy) return;
    this.hold(true);
    await this.make();
    this.hold(false);
  }

  private async make(): Promise<void> {
    const again = (): void => this.start();
    // Who is paired already: whoever comes on top has used the code. Without that list nobody could tell.
    const before = await this.session.request(pairings, again);
    if (before === null) return;
    if (!before.ok) {
      say(this.problem, explain(before.failure));
      return;
    }
    const made = await this.session.request(startPairing, again);
    if (made === null) return;
    if (!made.ok) {
      say(this.problem, explain(made.failure));
      return;
    }
    say(this.problem, "");
    this.known = new Set(before.value.map((pairing) => pairing.pairingId));
    this.show(made.value);
  }

  private hold(busy: boolean): void {
    this.busy = busy;
    this.button.setAttribute("aria-disabled", String(busy));
  }

  private show(made: PairingCode): void {
    this.stop();
    this.lifetimeMs = made.lifetimeMs;
    this.endsAtMs = Date.now() + made.lifetimeMs;
    this.lastSpokenS = Infinity;
    this.enter("shown");
    this.digits.dataset["plain"] = made.code;
    this.digits.replaceChildren(...[...made.code].map((digit) => create("span", "digit", digit)));
    this.spoken.textContent = `Pairing code ${[...made.code].join(" ")}`;
    this.command.textContent = pairCommand(this.baseUrl, made.code);
    this.showWaiting();
    this.button.textContent = "Make a new code";
    announce(`Pairing code ${[...made.code].join(" ")}, valid for ${Math.round(made.lifetimeMs / 60_000)} minutes`);
    this.tick();
    this.ticker = setInterval(() => this.tick(), TICK_MS);
    this.poller = setInterval(() => void this.look(), POLL_MS);
  }

  private tick(): void {
    const leftMs = this.endsAtMs - Date.now();
    if (leftMs <= 0) {
      this.end("expired", "The code has expired. Nobody can use it any more.");
      return;
    }
    const text = clock(leftMs);
    if (this.timer.textContent !== text) this.timer.textContent = text;
    this.fuse.max = this.lifetimeMs;
    this.fuse.value = leftMs;
    this.speak(Math.ceil(leftMs / 1000));
  }

  /** A screen reader hears five moments, not six hundred seconds. */
  private speak(leftS: number): void {
    const due = SPOKEN_S.find((moment) => leftS <= moment && this.lastSpokenS > moment);
    if (due !== undefined && this.lastSpokenS !== Infinity) {
      announce(due >= 60 ? `Code valid for ${due / 60} more ${due === 60 ? "minute" : "minutes"}` : `${due} seconds left`);
    }
    this.lastSpokenS = leftS;
  }

  private async look(): Promise<void> {
    if (document.hidden || this.state !== "shown") return;
    const found = await this.devices.refresh();
    if (this.state !== "shown" || found === null) return;
    const arrived = found.find((pairing) => !this.known.has(pairing.pairingId));
    if (arrived !== undefined) this.used(arrived);
  }

  /** The code stays good when the session ends, but the list that shows who used it is out of reach. */
  private showWaiting(): void {
    element("code-waiting", HTMLSpanElement).textContent = this.session.signedIn
      ? "Waiting for it…"
      : "Sign in to see when a device has used it.";
  }

  private used(pairing: Pairing): void {
    this.end("used", `“${pairing.deviceName}” is paired.`);
  }

  private end(state: State, outcome: string): void {
    this.stop();
    this.enter(state);
    this.outcome.textContent = outcome;
    this.digits.replaceChildren();
    delete this.digits.dataset["plain"];
    this.spoken.textContent = "";
    this.command.textContent = "";
    this.button.textContent = "Start pairing";
    announce(outcome);
  }

  private stop(): void {
    clearInterval(this.ticker);
    clearInterval(this.poller);
  }

  private enter(state: State): void {
    this.state = state;
    this.panel.dataset["state"] = state;
    const shown = state === "shown";
    const copy = element("code-copy", HTMLButtonElement);
    const byCommand = element("pair-by-command", HTMLDetailsElement);
    const focused = document.activeElement;
    element("code-live", HTMLDivElement).hidden = !shown;
    element("code-idle", HTMLDivElement).hidden = state !== "idle";
    copy.hidden = !shown;
    byCommand.hidden = !shown;
    this.outcome.hidden = shown || state === "idle";
    // What goes hands its focus on; nobody else's focus is moved.
    if (!shown && (copy === focused || byCommand.contains(focused))) this.button.focus();
  }
}
