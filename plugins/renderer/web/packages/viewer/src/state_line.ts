/** The small line below the card, and the notice above it. */

type State = "loading" | "live" | "waiting" | "failed";

const WORDS: Record<State, string> = {
  loading: "Loading…",
  live: "Connected",
  waiting: "No connection. Trying again…",
  failed: "Stopped",
};

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

export class StateLine {
  readonly #line = element("state");
  readonly #words = element("state-words");
  readonly #notice = element("notice");
  #state: State = "loading";

  show(state: State, words = WORDS[state]): void {
    this.#state = state;
    this.#line.dataset["state"] = state;
    if (this.#words.textContent !== words) this.#words.textContent = words;
  }

  get isWaiting(): boolean {
    return this.#state === "waiting";
  }

  /** Say what went wrong and offer to load the page again. */
  notice(words: string): void {
    const again = document.createElement("button");
    again.type = "button";
    again.textContent = "Reload";
    again.addEventListener("click", () => location.reload());
    this.#notice.replaceChildren(words, again);
    this.#notice.hidden = false;
  }

  clearNotice(): void {
    this.#notice.hidden = true;
  }
}
