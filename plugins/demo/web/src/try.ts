/** The page *Try it*: an agent in the browser, the card it asked for, and what it sees. */

import { Agent } from "./agent";
import { explain } from "./api";
import { announce } from "./announcer";
import { CardFrame } from "./card_frame";
import { Credential } from "./credential";
import { create, element, say } from "./dom";
import { facts } from "./facts";
import { jsonNodes } from "./json_view";
import { CallFailed, McpClient, text } from "./mcp";
import { type Sample, samples } from "./samples";
import { Session } from "./session";
import { enableTabs } from "./tabs";
import { Transcript } from "./transcript";
import { viewerLink } from "./viewer_link";

class TryIt {
  private readonly start = element("start", HTMLButtonElement);
  private readonly stop = element("stop", HTMLButtonElement);
  private readonly panel = element("sample-panel", HTMLDivElement);
  private readonly about = element("sample-about", HTMLParagraphElement);
  private readonly contract = element("sample-contract", HTMLPreElement);
  private readonly transcript = new Transcript();
  private readonly frame = new CardFrame();
  private readonly credential: Credential;
  private readonly session: Session;
  private chosen: Sample | null = null;
  private run: AbortController | null = null;

  constructor(devAllowAll: boolean, signedIn: boolean) {
    this.credential = new Credential(!devAllowAll);
    this.session = new Session(signedIn, !devAllowAll, {
      refuge: this.start,
      beforeSignOut: async () => {
        this.end("");
        await this.credential.giveUp();
      },
    });
    this.start.addEventListener("click", () => this.session.act(() => void this.begin()));
    this.stop.addEventListener("click", () => {
      this.start.focus(); // the button that has the focus is about to go
      this.end("The agent has stopped listening.");
    });
    addEventListener("pagehide", () => this.end(""));
  }

  offer(found: Sample[]): void {
    const list = element("sample-tabs", HTMLDivElement);
    list.replaceChildren(...found.map(tab));
    enableTabs(list, (chosen) => {
      this.panel.setAttribute("aria-labelledby", chosen.id);
      const sample = found.find((candidate) => candidate.name === chosen.dataset["sample"]);
      if (sample !== undefined && sample !== this.chosen) this.choose(sample);
    });
  }

  private choose(sample: Sample): void {
    this.end("");
    this.chosen = sample;
    this.about.textContent = sample.about;
    this.contract.replaceChildren(...jsonNodes(sample.contract));
    this.transcript.clear();
    this.frame.idle(`Press Start, and the agent renders the ${sample.title.toLowerCase()}.`);
  }

  private async begin(): Promise<void> {
    const sample = this.chosen;
    if (sample === null) return;
    this.end("");
    const run = new AbortController();
    this.run = run;
    this.show(true);
    this.transcript.clear();
    this.frame.waiting("The agent asks the server for a card…");
    const bearer = await this.session.request(
      () => this.credential.bearer(),
      () => void this.begin(),
    );
    if (run.signal.aborted) return;
    if (bearer === null || !bearer.ok) {
      this.end("");
      if (bearer === null) this.frame.idle("");
      else this.frame.failed(explain(bearer.failure), "");
      return;
    }
    await this.live(sample, bearer.value, run);
  }

  private async live(sample: Sample, bearer: string | null, run: AbortController): Promise<void> {
    const mcp = new McpClient(bearer, (call) => this.watch(run, () => this.transcript.call(call)));
    const observer = {
      rendered: async (sessionId: string): Promise<void> => {
        const address = await viewerLink(bearer, sessionId, run.signal);
        this.watch(run, () => this.frame.mount(address, sample.title, sample.hint));
        announce(`The ${sample.title.toLowerCase()} is there.`);
      },
      gesture: (event: Parameters<Transcript["gesture"]>[0], words: string): void =>
        this.watch(run, () => {
          this.transcript.gesture(event, words);
          announce(`The agent received ${text(event["intent"])}. ${words}`);
        }),
    };
    try {
      await new Agent(mcp, sample, observer, run.signal).run();
      if (!run.signal.aborted) this.end("The card has expired, so the agent has left. Start again for a new one.");
    } catch (error) {
      if (run.signal.aborted) return;
      this.end("");
      this.fail(error);
    }
  }

  /** Whatever arrives after the end of a run belongs to nobody. */
  private watch(run: AbortController, then: () => void): void {
    if (!run.signal.aborted) then();
  }

  private fail(error: unknown): void {
    if (!(error instanceof CallFailed)) throw error;
    if (error.status === 401) {
      this.credential.forget();
      this.frame.failed("The key of this page was revoked.", "Start again to make a new one.");
    } else if (error.status === 429) {
      this.frame.failed("The server asks to slow down.", `Start again in ${error.retryAfterS || 60} seconds.`);
    } else this.frame.failed(error.message, error.remedy);
  }

  private end(words: string): void {
    const run = this.run;
    if (run === null) return;
    this.run = null;
    run.abort();
    this.show(false);
    if (words !== "") {
      this.frame.say(words);
      announce(words);
    }
  }

  private show(running: boolean): void {
    this.start.textContent = running ? "Start again" : "Start";
    this.stop.hidden = !running;
  }
}

function tab(sample: Sample): HTMLButtonElement {
  const made = create("button", "tab", sample.title);
  made.type = "button";
  made.id = `sample-${sample.name}`;
  made.dataset["sample"] = sample.name;
  made.setAttribute("role", "tab");
  made.setAttribute("aria-controls", "sample-panel");
  return made;
}

const known = facts();
if (known.devAllowAll || known.pairing) {
  const page = new TryIt(known.devAllowAll, known.session);
  samples().then(
    (found) => page.offer(found),
    () => say(element("session-problem", HTMLParagraphElement), "The samples could not be loaded. Reload the page."),
  );
}
