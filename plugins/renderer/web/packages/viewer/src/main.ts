/** The page behind a viewer link: shows one session's card in a sandbox and is its host. */

import { CardHost, type Signal } from "./card_host.ts";
import { facts } from "./facts.ts";
import { Server } from "./server.ts";
import { StateLine } from "./state_line.ts";

const START_MS = 15_000;
const PENDING_MS = 2_000;

const told = facts();
const line = new StateLine();

function showCard(stage: HTMLElement): void {
  let painted = false;
  let ended = false;
  const late = setTimeout(() => {
    line.notice("The card did not start.");
  }, START_MS);

  function hear(signal: Signal): void {
    if (ended) return;
    switch (signal.kind) {
      case "started":
        clearTimeout(late);
        line.clearNotice();
        break;
      case "painted":
        painted = true;
        line.show("live");
        break;
      case "answered":
        if (line.isWaiting) line.show(painted ? "live" : "loading");
        break;
      case "unreachable":
        line.show("waiting");
        break;
      case "ended":
        ended = true;
        line.show("failed", "This card has ended");
        break;
      case "failed":
        clearTimeout(late);
        line.show("failed", "The card could not be shown");
        // A card that runs shows its fault itself; one that never started cannot.
        if (signal.message !== "" && !painted) line.notice(`The card could not be shown: ${signal.message}`);
    }
  }

  addEventListener("offline", () => hear({ kind: "unreachable" }));
  addEventListener("online", () => hear({ kind: "answered" }));
  new CardHost(told, new Server(told), stage, hear).show();
}

function start(): void {
  const stage = document.getElementById("stage");
  const failure = document.getElementById("failure");
  if (stage === null || failure === null) return;
  if (told.state === "failed") {
    failure.hidden = false;
    line.show("failed", "The card could not be made");
  } else if (told.state === "pending") {
    line.show("loading", "The card is being made…");
    setTimeout(() => location.reload(), PENDING_MS);
  } else {
    showCard(stage);
  }
}

// A page that comes back from the browser's memory comes back without its card, which was told to leave.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
start();
