/** The operator's session: asks for the admin token when an action first needs it, then carries on with the action. */

import { type Reply, explain, signOut } from "./api";
import { announce } from "./announcer";
import { element, say } from "./dom";
import { TokenForm } from "./token_form";

const ENDED = "Your operator session has ended. Enter the admin token again.";
export interface SessionOptions {
  /** Where the keyboard focus goes when the sign-out button is gone. */
  refuge: HTMLElement;
  /** What has to happen while the session still counts. */
  beforeSignOut?: () => Promise<void>;
}

export class Session extends EventTarget {
  private readonly dialog = element("token-dialog", HTMLDialogElement);
  private readonly signOutButton = element("sign-out", HTMLButtonElement);
  private readonly problem = element("session-problem", HTMLParagraphElement);
  private readonly form = new TokenForm(() => this.opened());
  private waiting: (() => void) | null = null;
  /** What the dialog says when it opens the next time. */
  private reason = "";

  /**
   * @param active whether this browser is, or may be, signed in
   * @param needed false on a server that lets everybody in: then nobody is ever asked
   */
  constructor(
    private active: boolean,
    private readonly needed: boolean,
    private readonly options: SessionOptions,
  ) {
    super();
    element("token-cancel", HTMLButtonElement).addEventListener("click", () => this.dialog.close());
    // The event comes a frame after the dialog closed; by then it may be open again, for another action.
    this.dialog.addEventListener("close", () => {
      if (!this.dialog.open) this.waiting = null;
    });
    this.signOutButton.addEventListener("click", () => void this.leave());
    this.show();
  }

  get signedIn(): boolean {
    return this.active || !this.needed;
  }

  /** Run an action that only the operator may take; asks for the admin token first if need be. */
  act(action: () => void): void {
    if (this.signedIn) action();
    else this.ask(action);
  }

  /**
   * Make a request as the operator. When the session has ended, says so, and tries the action again after
   * the next sign-in; the caller sees null and has nothing to do.
   */
  async request<T>(make: () => Promise<Reply<T>>, again: () => void): Promise<Reply<T> | null> {
    const reply = await make();
    if (reply.ok || reply.failure.kind !== "unauthorized" || !this.needed) return reply;
    this.ended();
    this.ask(again);
    return null;
  }

  /** The server no longer knows this session. */
  ended(): void {
    if (!this.active) return;
    this.active = false;
    this.reason = ENDED;
    this.show();
    this.dispatchEvent(new Event("change"));
  }

  private ask(action: () => void): void {
    this.waiting = action;
    if (!this.dialog.open) this.dialog.showModal();
    this.form.reset(this.reason);
  }

  private opened(): void {
    const action = this.waiting;
    this.active = true;
    this.reason = "";
    this.dialog.close();
    this.show();
    announce("Signed in as operator");
    this.dispatchEvent(new Event("change"));
    action?.();
  }

  private async leave(): Promise<void> {
    await this.options.beforeSignOut?.();
    const reply = await signOut();
    if (!reply.ok && reply.failure.kind !== "unauthorized") {
      say(this.problem, `You are still signed in. ${explain(reply.failure)}`);
      return;
    }
    say(this.problem, "");
    this.ended();
    this.reason = "";
    announce("Signed out");
    this.options.refuge.focus(); // the button that had the focus is gone
  }

  private show(): void {
    this.signOutButton.hidden = !this.active;
  }
}
