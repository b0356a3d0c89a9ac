/** The form that asks for the admin token; on the landing page inside a dialog, on the sign-in page by itself. */

import { type Failure, explain, signIn } from "./api";
import { element, say } from "./dom";

export class TokenForm {
  private readonly form = element("token-form", HTMLFormElement);
  private readonly field = element("token", HTMLInputElement);
  private readonly problem = element("token-problem", HTMLParagraphElement);
  private readonly submit = element("token-submit", HTMLButtonElement);
  private readonly reveal = element("token-reveal", HTMLButtonElement);
  private retryTimer = 0;

  constructor(private readonly onSignedIn: () => void) {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.send();
    });
    this.reveal.addEventListener("click", () => {
      const shown = this.field.type === "text";
      this.field.type = shown ? "password" : "text";
      this.reveal.setAttribute("aria-pressed", String(!shown));
    });
  }

  /** Empty the form and say why it is shown, if there is something to say. */
  reset(reason: string): void {
    this.field.value = "";
    this.field.type = "password";
    this.reveal.setAttribute("aria-pressed", "false");
    this.refuse(reason);
  }

  private async send(): Promise<void> {
    if (this.submit.getAttribute("aria-disabled") === "true") return;
    const token = this.field.value.trim();
    if (token === "") {
      this.refuse("Enter the admin token.");
      return;
    }
    this.busy(true);
    const reply = await signIn(token);
    this.busy(false);
    if (reply.ok) {
      this.reset("");
      this.onSignedIn();
      return;
    }
    this.refuse(reasonOf(reply.failure));
    if (reply.failure.kind === "rate-limited") this.pause(reply.failure.retryAfterS);
  }

  private refuse(reason: string): void {
    clearTimeout(this.retryTimer);
    this.busy(false);
    say(this.problem, reason);
    this.field.setAttribute("aria-invalid", String(reason !== ""));
    if (reason !== "") this.field.focus();
  }

  private pause(retryAfterS: number): void {
    this.busy(true);
    this.retryTimer = setTimeout(() => {
      this.busy(false);
      say(this.problem, "You can try again now.");
    }, retryAfterS * 1000);
  }

  /** aria-disabled rather than disabled: the button keeps the keyboard focus. */
  private busy(busy: boolean): void {
    this.submit.setAttribute("aria-disabled", String(busy));
  }
}

function reasonOf(failure: Failure): string {
  if (failure.kind === "unauthorized") {
    return "That is not this server’s admin token. Compare it with the one printed at start.";
  }
  if (failure.kind === "refused" && failure.status === 404) {
    return "This server takes no admin token: no enabled plugin offers operator sign-in.";
  }
  return explain(failure);
}
