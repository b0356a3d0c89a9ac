/** Connection snippets: one tab a client, and a key of its own for the client if the operator wants one. */

import { type Failure, explain, pair, startPairing } from "./api";
import { announce } from "./announcer";
import { create, element, say } from "./dom";
import type { Session } from "./session";
import { type Client, KEY_PLACEHOLDER, type Target, clients } from "./snippets";
import { enableTabs } from "./tabs";

export class Connect {
  private readonly panel = element("client-panel", HTMLDivElement);
  private readonly instruction = element("snippet-instruction", HTMLParagraphElement);
  private readonly caption = element("snippet-caption", HTMLElement);
  private readonly code = element("snippet", HTMLElement);
  private readonly notes = element("snippet-notes", HTMLUListElement);
  private readonly keyRow = element("key-row", HTMLDivElement);
  private readonly keyButton = element("key-create", HTMLButtonElement);
  private readonly keyHint = element("key-hint", HTMLParagraphElement);
  private readonly problem = element("key-problem", HTMLParagraphElement);
  private readonly keys = new Map<string, string>();
  private client: Client | null = null;
  private busy = false;

  /**
   * @param canCreate whether a pairing plugin can make keys here
   * @param onKey called when a key was made: any pending code is void, and there is a new device
   */
  constructor(
    private readonly session: Session,
    private readonly target: Omit<Target, "key">,
    private readonly canCreate: boolean,
    private readonly onKey: () => void,
  ) {
    const list = element("client-tabs", HTMLDivElement);
    list.replaceChildren(...clients.map(tab));
    enableTabs(list, (chosen) => this.select(chosen));
    this.keyButton.addEventListener("click", () => {
      const client = this.client;
      if (client !== null) session.act(() => void this.create(client));
    });
  }

  private select(chosen: HTMLElement): void {
    this.client = clients.find((client) => client.id === chosen.dataset["client"]) ?? null;
    this.panel.setAttribute("aria-labelledby", chosen.id);
    say(this.problem, "");
    this.show();
  }

  private show(): void {
    const client = this.client;
    if (client === null) return;
    const key = this.keys.get(client.id) ?? null;
    const snippet = client.snippet({ ...this.target, key });
    this.instruction.textContent = snippet.instruction;
    this.caption.textContent = snippet.caption;
    this.code.replaceChildren(...highlighted(snippet.text, key ?? KEY_PLACEHOLDER));
    this.notes.replaceChildren(...snippet.notes.map((note) => create("li", "", note)));
    this.notes.hidden = snippet.notes.length === 0;
    const offersKey = this.canCreate && this.target.keyNeeded && client.takesKey;
    this.keyRow.hidden = !offersKey;
    this.keyButton.textContent = key === null ? `Create a key for ${client.name}` : "Create another key";
    this.keyHint.textContent =
      key === null
        ? "Pairs a new device of that name and puts its key into the text above."
        : `The key is in the text above and is shown only now. It is listed under paired devices as “${client.name}”.`;
  }

  private async create(client: Client): Promise<void> {
    if (this.busy) return;
    this.hold(true);
    const again = (): void => this.session.act(() => void this.create(client));
    const made = await this.session.request(startPairing, again);
    const reply = made === null ? null : made.ok ? await pair(made.value.code, client.name) : made;
    this.hold(false);
    if (made?.ok) this.onKey();
    if (reply === null) return;
    if (!reply.ok) {
      say(this.problem, explainPair(reply.failure));
      return;
    }
    say(this.problem, "");
    this.keys.set(client.id, reply.value.token);
    this.show();
    announce(`The key for ${client.name} is in the text above. It is shown only now.`);
  }

  private hold(busy: boolean): void {
    this.busy = busy;
    this.keyButton.setAttribute("aria-disabled", String(busy));
  }
}

function explainPair(failure: Failure): string {
  // At /pair a 401 means the code, not the operator.
  if (failure.kind === "unauthorized") return "Another code was made meanwhile. Try again.";
  return `No key was created. ${explain(failure)}`;
}

function tab(client: Client): HTMLButtonElement {
  const button = create("button", "tab", client.name);
  button.type = "button";
  button.id = `tab-${client.id}`;
  button.dataset["client"] = client.id;
  button.setAttribute("role", "tab");
  button.setAttribute("aria-controls", "client-panel");
  return button;
}

/** The text, with the part that is or becomes the key marked. */
function highlighted(text: string, key: string): (string | HTMLElement)[] {
  const parts: (string | HTMLElement)[] = [];
  for (const [index, part] of text.split(key).entries()) {
    if (index > 0) parts.push(create("mark", "", key));
    parts.push(part);
  }
  return parts;
}
