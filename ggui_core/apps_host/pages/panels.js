// @ts-check
// The panels beside the conversation: tools, switches, and the messages that went back and forth.

/** @typedef {import("./relay.js").Json} Json */

const KINDS = { quirk: "Quirks of hosts", policy: "What the policy around a card forbids", incident: "What happens to a card" };
const MOST_LOGGED = 300;

/** @template {Element} T @param {string} id @param {new () => T} kind @returns {T} */
export function byId(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`no ${id}`);
  return found;
}

/** @param {string} name @param {string} words @param {string} [className] */
export function made(name, words, className = "") {
  const element = document.createElement(name);
  element.textContent = words;
  element.className = className;
  return element;
}

/** Arrow keys move between tabs, as the pattern of WAI-ARIA has it. */
export function startTabs() {
  const tabs = [...document.querySelectorAll('[role="tab"]')].filter((tab) => tab instanceof HTMLElement);
  /** @param {HTMLElement} chosen */
  const choose = (chosen) => {
    for (const tab of tabs) {
      const isChosen = tab === chosen;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      byId(tab.getAttribute("aria-controls") ?? "", HTMLElement).hidden = !isChosen;
    }
  };
  for (const [place, tab] of tabs.entries()) {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (event) => {
      const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
      const next = tabs[(place + step + tabs.length) % tabs.length];
      if (step === 0 || next === undefined) return;
      choose(next);
      next.focus();
    });
  }
}

/** @param {import("./relay.js").Switches} switches @param {() => void} changed */
export function showSwitches(switches, changed) {
  const count = byId("switch-count", HTMLElement);
  const tell = () => (count.textContent = String(switches.on.size));
  const groups = Object.entries(KINDS).map(([kind, title]) => {
    const group = document.createElement("fieldset");
    group.append(made("legend", title));
    for (const { name, about, row } of switches.table.filter((entry) => entry.kind === kind)) {
      const label = made("label", "", "switch");
      const box = document.createElement("input");
      box.type = "checkbox";
      box.name = name;
      box.checked = switches.has(name);
      box.addEventListener("change", () => {
        if (box.checked) switches.on.add(name);
        else switches.on.delete(name);
        tell();
        changed();
      });
      label.append(box, made("code", name), made("small", row > 0 ? `№ ${row}` : ""), made("span", about));
      group.append(label);
    }
    return group;
  });
  byId("switches", HTMLElement).replaceChildren(...groups);
  tell();
}

/** @param {Json[]} tools @param {(name: string, args: Json) => void} call */
export function showTools(tools, call) {
  const choice = byId("tool", HTMLSelectElement);
  const fault = byId("call-fault", HTMLElement);
  choice.replaceChildren(...tools.map((tool) => new Option(tool.name, tool.name)));
  const describe = () => {
    const tool = tools.find(({ name }) => name === choice.value);
    byId("tool-about", HTMLElement).textContent = tool?.description ?? "";
  };
  choice.addEventListener("change", describe);
  describe();
  byId("call", HTMLFormElement).onsubmit = (event) => {
    event.preventDefault();
    try {
      const args = JSON.parse(byId("arguments", HTMLTextAreaElement).value || "{}");
      fault.textContent = "";
      call(choice.value, args);
    } catch (reason) {
      fault.textContent = `The arguments are no JSON: ${reason instanceof Error ? reason.message : reason}`;
    }
  };
}

export class Log {
  #list = byId("log", HTMLOListElement);
  #count = 0;

  constructor() {
    byId("clear-log", HTMLButtonElement).addEventListener("click", () => {
      this.#list.replaceChildren();
      this.#count = 0;
      byId("log-count", HTMLElement).textContent = "";
    });
  }

  /** @param {"card" | "host"} from @param {Json} message */
  add(from, message) {
    const entry = document.createElement("li");
    const details = document.createElement("details");
    const summary = document.createElement("summary");
    const what = message.method ?? message.type ?? (message.error === undefined ? "answer" : "error");
    const detail = message.params?.name ?? message.event?.state ?? message.params?.uri ?? "";
    summary.append(
      made("span", from === "card" ? "card →" : "→ card", `from-${from}`),
      made("code", detail === "" ? what : `${what} · ${detail}`),
      made("time", new Date().toLocaleTimeString()),
    );
    details.append(summary);
    details.addEventListener("toggle", () => details.append(made("pre", JSON.stringify(message, null, 2), "message")), { once: true });
    entry.append(details);
    this.#list.prepend(entry);
    while (this.#list.childElementCount > MOST_LOGGED) this.#list.lastElementChild?.remove();
    byId("log-count", HTMLElement).textContent = String(++this.#count);
  }
}
