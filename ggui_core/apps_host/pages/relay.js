// @ts-check
// The page's way to the server: its own backend, which has the credential and applies what this host does to requests.

/** @typedef {Record<string, any>} Json */

/** The switches that are on, as the backend takes them: a default that is off is named with `no:`. */
export class Switches {
  /**
   * @param {{ name: string, kind: string, about: string, row: number }[]} table
   * @param {Iterable<string>} on
   * @param {Iterable<string>} defaults
   */
  constructor(table, on, defaults) {
    this.table = table;
    this.on = new Set(on);
    this.defaults = new Set(defaults);
  }

  /** @param {string} name */
  has(name) {
    return this.on.has(name);
  }

  /** @returns {string[]} */
  get names() {
    return [...this.on, ...[...this.defaults].filter((name) => !this.on.has(name)).map((name) => `no:${name}`)];
  }

  /** What this page's address says for the same choice. */
  get query() {
    const said = this.names.filter((name) => !this.defaults.has(name));
    return said.map((name) => `switch=${encodeURIComponent(name)}`).join("&");
  }

  copy() {
    return new Switches(this.table, this.on, this.defaults);
  }
}

export class Relay {
  /** @param {Switches} switches */
  constructor(switches) {
    this.switches = switches;
  }

  /** @returns {Promise<Json>} */
  connect() {
    return this.#post("connect", {});
  }

  /**
   * @param {"model" | "app"} by
   * @param {string} method
   * @param {Json} params
   * @returns {Promise<Json>} `{result}` or `{error}`
   */
  ask(by, method, params) {
    return this.#post("rpc", { by, method, params });
  }

  /** @param {string} path @param {Json} body @returns {Promise<Json>} */
  async #post(path, body) {
    try {
      const headers = { "Content-Type": "application/json" };
      const sent = JSON.stringify({ ...body, switches: this.switches.names });
      const response = await fetch(path, { method: "POST", headers, body: sent });
      if (!response.ok) return fault(await response.text());
      return await response.json();
    } catch {
      return fault("The emulator is not running any more.");
    }
  }
}

/** @param {string} message @returns {Json} */
function fault(message) {
  return { error: { code: -32000, message } };
}
