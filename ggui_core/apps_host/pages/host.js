// @ts-check
// A page that behaves as a host of MCP Apps: it has a conversation, calls tools as the agent, and shows their cards.
//
// Tests drive it through `emulator`: show(result), open(uri), call(tool, args), approve(), reload(), discard(), restore(),
// endTurn(), close(), and read what it has `heard`.

import { Card } from "./card.js";
import { byId, Log, made, showSwitches, showTools, startTabs } from "./panels.js";
import { Relay, Switches } from "./relay.js";

/** @typedef {import("./relay.js").Json} Json */
/** @typedef {{ result: Json, args: Json, tool: string | null, uri: string | null, cards: Card[], shown: HTMLElement, label: HTMLElement }} Showing */

export class Host {
  /** @type {Showing[]} */
  showings = [];
  /** @type {Json[]} what users said, messages of cards included */
  messages = [];
  /** @type {Json | null} the last update of the model's context */
  context = null;
  /** @type {string[]} */
  links = [];
  /** @type {(() => void) | null} */
  #approve = null;
  /** @type {Json[]} */
  #tools = [];
  #log = new Log();

  /** @param {Switches} switches @param {string} sandbox */
  constructor(switches, sandbox) {
    this.switches = switches;
    this.sandbox = sandbox;
    this.relay = new Relay(switches);
    /** @type {"light" | "dark"} */
    this.theme = "light";
  }

  async connect() {
    const line = byId("connection", HTMLElement);
    const greeting = await this.relay.connect();
    const listed = greeting.error === undefined ? await this.relay.ask("model", "tools/list", {}) : greeting;
    if (listed.error !== undefined) {
      line.dataset["state"] = "failed";
      line.textContent = listed.error.message;
      return;
    }
    this.#tools = listed.result.tools ?? [];
    const { name = "server", version = "" } = greeting.result.serverInfo ?? {};
    line.dataset["state"] = "ready";
    line.textContent = `Connected to ${name} ${version}, ${this.#tools.length} tools`;
    showTools(this.#tools.filter(isForModels), (tool, args) => void this.call(tool, args));
  }

  /** Call a tool as the agent, and show its card if it has one. @param {string} tool @param {Json} args @returns {Promise<Json>} */
  async call(tool, args) {
    const early = this.switches.has("read-before-call") ? await this.#prepared(tool, args) : null;
    if (this.switches.has("withhold-arguments")) await this.#approved(tool);
    const answer = await this.relay.ask("model", "tools/call", { name: tool, arguments: args });
    const result = answer.result ?? { isError: true, content: [{ type: "text", text: answer.error.message }] };
    this.#say("agent", `${tool}\n${wordsOf(result)}`);
    if (early !== null) {
      early.result = result;
      for (const card of early.cards) card.deliver({ args, result });
    } else if (this.#uriOf(result, tool) !== null) await this.show(result, tool, args);
    return answer;
  }

  /** Show the card of a result that an agent got. @param {Json} result @param {string | null} tool @param {Json} args */
  async show(result, tool = null, args = {}) {
    const showing = this.#begin(result, tool, args);
    if (this.switches.has("never-read")) {
      this.#say("agent", wordsOf(result));
      for (const card of showing.cards) card.mount(nothing("No resource is read; the text of the result stands alone."), null);
      return;
    }
    await this.#mount(showing, true);
  }

  /** Show what is at an address. @param {string} uri */
  open(uri) {
    return this.show({ content: [], _meta: { ui: { resourceUri: uri }, "ui/resourceUri": uri } });
  }

  /** Load every card anew, as when the page was reloaded. */
  reload() {
    return this.#eachAgain(true);
  }

  /** Take every frame away, without a word to its card. */
  discard() {
    for (const card of this.#cards()) card.discard();
  }

  /** Make what was discarded anew. */
  restore() {
    return this.#eachAgain(!this.switches.has("result-once"));
  }

  endTurn() {
    this.#say("agent", "The agent's turn has ended.");
    return this.switches.has("reload-after-turn") ? this.reload() : Promise.resolve();
  }

  async close() {
    await Promise.all(this.#cards().map((card) => card.close()));
    this.showings = [];
  }

  approve() {
    this.#approve?.();
  }

  /** @param {"light" | "dark"} theme */
  setTheme(theme) {
    this.theme = theme;
    document.documentElement.dataset["theme"] = theme;
    for (const card of this.#cards()) card.themeChanged(theme);
  }

  /** Everything that cards sent, in order. @returns {Json[]} */
  get heardFromCards() {
    return this.#cards().flatMap((card) => card.heard);
  }

  // Told by cards

  /** @param {Card} card @param {Json} message */
  heard(card, message) {
    this.#log.add("card", message);
  }

  /** @param {Card} card @param {Json} message */
  said(card, message) {
    this.#log.add("host", message);
  }

  /** @param {Json} params */
  messaged(params) {
    this.messages.push(params);
    const blocks = Array.isArray(params.content) ? params.content : [params.content];
    this.#say("user", blocks.map((block) => block?.text ?? "").join("\n"));
  }

  /** @param {Json} params */
  contextUpdated(params) {
    this.context = params;
    byId("context", HTMLElement).textContent = wordsOf(params) || JSON.stringify(params, null, 2);
  }

  /** @param {string} url */
  linkOpened(url) {
    this.links.push(url);
    this.#say("agent", `The card opens a link: ${url}`);
  }

  /** @param {Card} card @param {string} state */
  stateChanged(card, state) {
    const label = this.showings.find(({ cards }) => cards.includes(card))?.label;
    if (label === undefined) return;
    label.dataset["state"] = state;
    label.textContent = state;
  }

  // How it is done

  /** @param {Json} result @param {string | null} tool @param {Json} args @returns {Showing} */
  #begin(result, tool, args) {
    document.getElementById("empty")?.remove();
    const relay = new Relay(this.switches.copy());
    const turn = made("article", "", "turn");
    const card = made("div", "", "card");
    const bar = made("div", "", "bar");
    const label = made("span", "loading", "state");
    const stages = made("div", "", "tabs");
    const count = this.switches.has("two-tabs") ? 2 : 1;
    stages.dataset["count"] = String(count);
    const uri = this.#uriOf(result, tool);
    bar.append(made("code", uri ?? ""), label);
    card.append(bar, stages);
    turn.append(card);
    byId("turns", HTMLElement).append(turn);
    const cards = Array.from({ length: count }, () => {
      const stage = made("div", "");
      stages.append(stage);
      return new Card(this, stage, relay);
    });
    const showing = { result, args, tool, uri, cards, shown: turn, label };
    this.showings.push(showing);
    if (this.switches.has("discard-frames")) this.#discardOutOfSight(showing);
    return showing;
  }

  /** @param {Showing} showing @param {boolean} delivers */
  async #mount(showing, delivers) {
    const { cards, uri, args, result } = showing;
    const isTemplate = this.switches.has("read-before-call");
    const document = await this.#document(isTemplate ? (this.#templateOf(showing.tool) ?? uri) : uri);
    for (const card of cards) card.mount(document, delivers ? { args, result } : null);
  }

  /** @param {boolean} delivers */
  async #eachAgain(delivers) {
    const again = delivers && !this.switches.has("result-once");
    for (const showing of this.showings) {
      for (const card of showing.cards) card.discard();
      await this.#mount(showing, again);
    }
  }

  /** The template of a tool, mounted before the tool is called. @param {string} tool @param {Json} args */
  async #prepared(tool, args) {
    const uri = this.#templateOf(tool);
    if (uri === null) return null;
    const document = await this.#document(uri);
    const showing = this.#begin({ content: [] }, tool, args);
    for (const card of showing.cards) card.mount(document, null);
    return showing;
  }

  /** @param {string | null} uri @returns {Promise<import("./card.js").Document>} */
  async #document(uri) {
    if (uri === null) return nothing("Nothing in the result leads to a card.");
    const answer = await this.relay.ask("app", "resources/read", { uri });
    if (answer.error !== undefined) return nothing(answer.error.message, uri);
    const content = answer.result.contents?.[0] ?? {};
    const ui = content._meta?.ui ?? {};
    const allow = Object.keys(ui.permissions ?? {}).map((name) => name.replace(/[A-Z]/g, (sign) => `-${sign.toLowerCase()}`));
    return { uri, html: typeof content.text === "string" ? content.text : null, csp: ui.csp ?? {}, allow: allow.join("; "), why: "The document is empty." };
  }

  /** The address of a result's card, by the keys that this host reads. @param {Json} result @param {string | null} tool */
  #uriOf(result, tool) {
    return this.#address(result._meta) ?? this.#templateOf(tool);
  }

  /** @param {string | null} tool @returns {string | null} */
  #templateOf(tool) {
    // Which tool made the card is not known when an agent elsewhere called it: then any that has a template will do.
    const found = this.#tools.find(({ name, _meta }) => (tool === null || name === tool) && this.#address(_meta) !== null);
    return found === undefined ? null : this.#address(found["_meta"]);
  }

  /** @param {Json | undefined} meta @returns {string | null} */
  #address(meta) {
    const nested = this.switches.has("flat-key-only") ? undefined : meta?.ui?.resourceUri;
    const flat = this.switches.has("nested-key-only") ? undefined : meta?.["ui/resourceUri"];
    return nested ?? flat ?? null;
  }

  /** @param {string} tool @returns {Promise<void>} */
  #approved(tool) {
    const form = byId("approval", HTMLFormElement);
    byId("approval-tool", HTMLElement).textContent = tool;
    form.hidden = false;
    return new Promise((resolve) => {
      this.#approve = () => {
        form.hidden = true;
        this.#approve = null;
        resolve();
      };
    });
  }

  /** @param {Showing} showing */
  #discardOutOfSight(showing) {
    let isAway = false;
    const observer = new IntersectionObserver(([entry]) => {
      if (entry === undefined || entry.isIntersecting !== isAway) return;
      isAway = !entry.isIntersecting;
      if (isAway) for (const card of showing.cards) card.discard();
      else void this.#mount(showing, !this.switches.has("result-once"));
    });
    observer.observe(showing.shown);
  }

  /** @returns {Card[]} */
  #cards() {
    return this.showings.flatMap(({ cards }) => cards);
  }

  /** @param {"agent" | "user"} who @param {string} words */
  #say(who, words) {
    if (words.trim() === "") return;
    document.getElementById("empty")?.remove();
    const turn = made("article", "", "turn");
    const said = made("div", words, `said ${who}`);
    if (who === "agent") turn.append(made("div", "Agent", "who"));
    turn.append(said);
    byId("turns", HTMLElement).append(turn);
  }
}

/** @param {Json} tool */
function isForModels(tool) {
  const visibility = tool["_meta"]?.ui?.visibility;
  return !Array.isArray(visibility) || visibility.includes("model");
}

/** @param {string} why @param {string | null} uri @returns {import("./card.js").Document} */
function nothing(why, uri = null) {
  return { uri, html: null, csp: {}, allow: "", why };
}

/** @param {Json} result */
function wordsOf(result) {
  const blocks = Array.isArray(result.content) ? result.content : [];
  return blocks.map((block) => block?.text ?? "").filter(Boolean).join("\n");
}

async function start() {
  const response = await fetch(`facts${location.search}`);
  const facts = await response.json();
  const line = byId("connection", HTMLElement);
  if (facts.error !== undefined) {
    line.dataset["state"] = "failed";
    line.textContent = facts.error.message;
    return null;
  }
  const switches = new Switches(facts.switches, facts.on, facts.defaults);
  const host = new Host(switches, facts.sandbox);
  startTabs();
  showSwitches(switches, () => history.replaceState(null, "", switches.query === "" ? location.pathname : `?${switches.query}`));
  wire(host);
  await host.connect();
  const uri = new URLSearchParams(location.search).get("uri");
  if (uri !== null) await host.open(uri);
  return host;
}

/** @param {Host} host */
function wire(host) {
  const theme = byId("theme", HTMLSelectElement);
  theme.value = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const follow = () => host.setTheme(theme.value === "dark" ? "dark" : "light");
  theme.addEventListener("change", follow);
  follow();
  const width = byId("width", HTMLSelectElement);
  width.addEventListener("change", () => {
    const root = document.documentElement.style;
    if (width.value === "") root.removeProperty("--card-width");
    else root.setProperty("--card-width", `${width.value}px`);
  });
  /** @type {[string, () => unknown][]} */
  const buttons = [
    ["reload", () => host.reload()],
    ["discard", () => (host.discard(), host.restore())],
    ["end-turn", () => host.endTurn()],
    ["teardown", () => host.close()],
  ];
  for (const [id, act] of buttons) byId(id, HTMLButtonElement).addEventListener("click", () => void act());
  byId("open", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    void host.open(byId("uri", HTMLInputElement).value.trim());
  });
  byId("approval", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    host.approve();
  });
}

Object.assign(globalThis, { emulator: start() });
