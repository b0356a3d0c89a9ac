import assert from "node:assert/strict";
import { test } from "node:test";

import { HostBridge } from "../src/bridge.ts";

const HOST = "https://host.example";

interface Posted {
  message: { id?: number; method?: string };
  target: string;
}

/** A page within a page: what it posts upwards is kept, and messages can be handed to it. */
class Framed {
  readonly posted: Posted[] = [];
  readonly parent = { postMessage: (message: Posted["message"], target: string): void => void this.posted.push({ message, target }) };
  #listener: ((event: unknown) => void) | undefined;

  addEventListener(_: string, listener: (event: unknown) => void): void {
    this.#listener = listener;
  }

  removeEventListener(): void {
    this.#listener = undefined;
  }

  hear(data: object, origin: string, source: unknown = this.parent): void {
    this.#listener?.({ data: { jsonrpc: "2.0", ...data }, origin, source });
  }
}

async function greeted(origin: string): Promise<{ view: Framed; bridge: HostBridge }> {
  const view = new Framed();
  const bridge = new HostBridge(view as unknown as Window);
  const answer = bridge.request("ui/initialize", {}, { pin: true });
  assert.equal(view.posted[0]?.target, "*", "nobody is known yet");
  view.hear({ id: view.posted[0]?.message.id, result: {} }, origin);
  await answer;
  return { view, bridge };
}

// spec 02 19.28
test("after ui/initialize only the origin that answered is spoken to and listened to", async () => {
  const { view, bridge } = await greeted(HOST);
  const heard: unknown[] = [];
  bridge.onNotification("ui/notifications/tool-result", (params) => heard.push(params["n"]));
  bridge.notify("ui/notifications/initialized");
  assert.deepEqual(view.posted.at(-1)?.target, HOST);
  view.hear({ method: "ui/notifications/tool-result", params: { n: 1 } }, "https://evil.example");
  view.hear({ method: "ui/notifications/tool-result", params: { n: 2 } }, HOST, {});
  view.hear({ method: "ui/notifications/tool-result", params: { n: 3 } }, HOST);
  assert.deepEqual(heard, [3]);
});

test("an opaque origin has no name to send to", async () => {
  const { view, bridge } = await greeted("null");
  bridge.notify("ui/notifications/initialized");
  assert.equal(view.posted.at(-1)?.target, "*");
});
