/** The place of the card: nothing yet, the card, or why there is none. */

import { create, element, say } from "./dom";

export class CardFrame {
  private readonly state = element("card-state", HTMLParagraphElement);
  private readonly place = element("card-place", HTMLDivElement);
  private readonly trouble = element("trouble", HTMLDivElement);
  private readonly cause = element("trouble-cause", HTMLParagraphElement);
  private readonly remedy = element("trouble-remedy", HTMLParagraphElement);

  idle(words: string): void {
    this.enter("idle", words);
  }

  waiting(words: string): void {
    this.enter("waiting", words);
  }

  /** Words about what is shown, which stays as it is. */
  say(words: string): void {
    say(this.state, words);
  }

  failed(cause: string, remedy: string): void {
    this.enter("failed", "");
    say(this.cause, cause);
    say(this.remedy, remedy);
    this.trouble.hidden = false;
  }

  /** Show the viewer page at this address. */
  mount(address: string, title: string, hint: string): void {
    this.enter("shown", hint);
    // A new frame each time: one that is led elsewhere adds steps to the history of the page.
    const frame = create("iframe", "");
    frame.title = title;
    frame.src = address;
    this.place.append(frame);
  }

  private enter(state: "idle" | "waiting" | "failed" | "shown", words: string): void {
    this.trouble.hidden = true;
    this.place.dataset["state"] = state;
    this.place.querySelector("iframe")?.remove();
    say(this.state, words);
  }
}
