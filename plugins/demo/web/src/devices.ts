/** The paired devices, and taking a key away from one of them. */

import { type Pairing, explain, pairings, revoke } from "./api";
import { announce } from "./announcer";
import { create, element, say } from "./dom";
import type { Session } from "./session";
import { ago } from "./time";

export class Devices {
  private readonly list = element("device-list", HTMLUListElement);
  private readonly empty = element("devices-empty", HTMLParagraphElement);
  private readonly locked = element("devices-locked", HTMLDivElement);
  private readonly problem = element("devices-problem", HTMLParagraphElement);
  private readonly heading = element("devices-heading", HTMLHeadingElement);
  private readonly dialog = element("revoke-dialog", HTMLDialogElement);
  private readonly question = element("revoke-question", HTMLParagraphElement);
  private chosen: Pairing | null = null;
  private drawn = "";

  constructor(private readonly session: Session) {
    element("devices-unlock", HTMLButtonElement).addEventListener("click", () => {
      session.act(() => {
        void this.refresh();
        this.heading.focus();
      });
    });
    element("revoke-cancel", HTMLButtonElement).addEventListener("click", () => this.dialog.close());
    element("revoke-confirm", HTMLButtonElement).addEventListener("click", () => {
      const pairing = this.chosen;
      this.dialog.close();
      if (pairing !== null) this.revoke(pairing);
    });
    // The list may have been drawn anew meanwhile, and the button that opened the dialog with it.
    this.dialog.addEventListener("close", () => this.focusRow(this.chosen?.pairingId));
    session.addEventListener("change", () => void this.refresh());
    void this.refresh();
  }

  /** Ask for the list and show it. Returns it, or null when it could not be had. */
  async refresh(): Promise<Pairing[] | null> {
    if (!this.session.signedIn) {
      this.lock();
      return null;
    }
    const reply = await pairings();
    if (!reply.ok) {
      // Nobody asked for this list, so an ended session only locks it and opens no dialog.
      if (reply.failure.kind === "unauthorized") this.session.ended();
      say(this.problem, reply.failure.kind === "unauthorized" ? "" : explain(reply.failure));
      return null;
    }
    this.show(reply.value);
    return reply.value;
  }

  private lock(): void {
    this.drawn = "";
    this.list.replaceChildren();
    this.empty.hidden = true;
    this.locked.hidden = false;
    say(this.problem, "");
  }

  private show(found: Pairing[]): void {
    this.locked.hidden = true;
    this.empty.hidden = found.length > 0;
    say(this.problem, "");
    // Drawn only when something changed, or a minute passed: a button replaced under the pointer loses its click.
    const drawing = JSON.stringify([found, Math.floor(Date.now() / 60_000)]);
    if (drawing === this.drawn) return;
    this.drawn = drawing;
    const focused = document.activeElement?.closest("[data-pairing]")?.getAttribute("data-pairing");
    const newestFirst = [...found].reverse();
    this.list.replaceChildren(...newestFirst.map((pairing) => this.row(pairing)));
    this.focusRow(focused);
  }

  private focusRow(pairingId: string | null | undefined): void {
    if (!pairingId) return;
    this.list.querySelector<HTMLElement>(`[data-pairing="${CSS.escape(pairingId)}"] button`)?.focus();
  }

  private row(pairing: Pairing): HTMLLIElement {
    const row = create("li", "device");
    row.dataset["pairing"] = pairing.pairingId;
    const title = create("p", "device-name", pairing.deviceName);
    title.append(" ", create("code", "prefix", `${pairing.prefix}…`));
    const used = create("p", "device-use");
    if (pairing.createdAt !== null) used.append("Created ", moment(pairing.createdAt), ". ");
    if (pairing.lastUsedAt === null) used.append("Never used.");
    else used.append("Last used ", moment(pairing.lastUsedAt), from(pairing), ".");
    const button = create("button", "quiet danger", "Revoke");
    button.type = "button";
    button.setAttribute("aria-label", `Revoke ${pairing.deviceName}`);
    button.addEventListener("click", () => this.confirm(pairing));
    const words = create("div", "device-words");
    words.append(title, used);
    row.append(words, button);
    return row;
  }

  private confirm(pairing: Pairing): void {
    this.chosen = pairing;
    this.question.textContent =
      `“${pairing.deviceName}” loses access at once, and what it is doing now is cut off. ` +
      "To use it again you pair it again.";
    this.dialog.showModal();
  }

  private revoke(pairing: Pairing): void {
    this.session.act(() => void this.send(pairing));
  }

  private async send(pairing: Pairing): Promise<void> {
    const reply = await this.session.request(
      () => revoke(pairing.pairingId),
      () => this.revoke(pairing),
    );
    if (reply === null) return;
    if (!reply.ok) {
      say(this.problem, `“${pairing.deviceName}” still has access. ${explain(reply.failure)}`);
      return;
    }
    await this.refresh();
    this.heading.focus(); // the button that had the focus is gone with its row
    announce(`${pairing.deviceName} is revoked`);
  }
}

function moment(date: Date): HTMLTimeElement {
  const time = create("time", "", ago(date));
  time.dateTime = date.toISOString();
  time.title = date.toLocaleString();
  return time;
}

function from(pairing: Pairing): string {
  return pairing.lastRemoteAddress === null ? "" : ` from ${pairing.lastRemoteAddress}`;
}
