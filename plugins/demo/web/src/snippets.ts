/** How each client is connected: pure text from the base URL and, where the client can send one, a key. */

export interface Target {
  /** Without a trailing slash. */
  baseUrl: string;
  /** A bearer; null when none was created yet. */
  key: string | null;
  /** False on a server that lets everybody in. */
  keyNeeded: boolean;
  /** Whether the server has an OAuth server for clients that cannot send a bearer. */
  oauth: boolean;
}

export interface Snippet {
  /** What to do with the text: one sentence, before it. */
  instruction: string;
  /** File name or kind, shown as the caption of the text. */
  caption: string;
  text: string;
  /** What to know: after it. */
  notes: string[];
}

export interface Client {
  id: string;
  name: string;
  /** Whether it can send a bearer, so that a key helps. */
  takesKey: boolean;
  snippet: (target: Target) => Snippet;
}

/** Stands in a snippet where a key belongs. */
export const KEY_PLACEHOLDER = "YOUR_KEY";

const SERVER = "ggui";
const LIST_TOOLS = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}';

export const clients: readonly Client[] = [
  { id: "claude-desktop", name: "Claude Desktop", takesKey: true, snippet: claudeDesktop },
  { id: "claude-code", name: "Claude Code", takesKey: true, snippet: claudeCode },
  { id: "vs-code", name: "VS Code", takesKey: true, snippet: vsCode },
  { id: "cursor", name: "Cursor", takesKey: true, snippet: cursor },
  { id: "chatgpt", name: "ChatGPT", takesKey: false, snippet: chatGpt },
  { id: "curl", name: "curl", takesKey: true, snippet: curl },
];

/** Claude Desktop starts local programs; mcp-remote is the program that carries them to an HTTP server. */
function claudeDesktop(target: Target): Snippet {
  const args = ["-y", "mcp-remote", endpoint(target)];
  // mcp-remote refuses plain http to anything but this machine unless told otherwise.
  if (isPlainRemote(target.baseUrl)) args.push("--allow-http");
  // Claude Desktop on Windows splits arguments at spaces, so the header's value travels in the environment.
  if (target.keyNeeded) args.push("--header", "Authorization:${AUTHORIZATION}");
  const env = target.keyNeeded ? { env: { AUTHORIZATION: bearer(target) } } : {};
  return {
    instruction: "In Claude Desktop open Settings, Developer, Edit Config, add this, then restart it.",
    caption: "claude_desktop_config.json",
    text: json({ mcpServers: { [SERVER]: { command: "npx", args, ...env } } }),
    notes: ["Needs Node.js on the machine that runs Claude Desktop."],
  };
}

function claudeCode(target: Target): Snippet {
  const header = target.keyNeeded ? ` \\\n  --header ${shell(`Authorization: ${bearer(target)}`)}` : "";
  return {
    instruction: "Run this in the project that should use the server.",
    caption: "Terminal",
    text: `claude mcp add --transport http ${SERVER} ${shell(endpoint(target))}${header}`,
    notes: ["Add --scope user to have it in every project."],
  };
}

function vsCode(target: Target): Snippet {
  const server = { type: "http", url: endpoint(target) };
  const instruction = "Save this as .vscode/mcp.json, or add it with the command MCP: Open User Configuration.";
  const caption = ".vscode/mcp.json";
  if (!target.keyNeeded) return { instruction, caption, text: json({ servers: { [SERVER]: server } }), notes: [] };
  if (target.key !== null) {
    const headers = { Authorization: bearer(target) };
    return {
      instruction,
      caption,
      text: json({ servers: { [SERVER]: { ...server, headers } } }),
      notes: ["The file now holds a key: keep it out of version control."],
    };
  }
  const id = "ggui-key";
  const headers = { Authorization: `Bearer \${input:${id}}` };
  const input = { id, type: "promptString", description: "Key of the ggui server", password: true };
  return {
    instruction,
    caption,
    text: json({ inputs: [input], servers: { [SERVER]: { ...server, headers } } }),
    notes: ["VS Code asks for the key once and keeps it to itself."],
  };
}

function cursor(target: Target): Snippet {
  const headers = target.keyNeeded ? { headers: { Authorization: bearer(target) } } : {};
  return {
    instruction: "Save this as ~/.cursor/mcp.json, or as .cursor/mcp.json inside one project.",
    caption: "mcp.json",
    text: json({ mcpServers: { [SERVER]: { url: endpoint(target), ...headers } } }),
    notes: [],
  };
}

/** ChatGPT calls from its maker's network and knows no bearer of its own. */
function chatGpt(target: Target): Snippet {
  const notes = [];
  if (!target.baseUrl.startsWith("https://") || isLoopback(target.baseUrl)) {
    notes.push(
      "ChatGPT calls from the internet, so it needs a public https address: put a reverse proxy or tunnel in " +
        "front and start the server with --public-base-url.",
    );
  }
  if (target.keyNeeded) {
    notes.push(
      target.oauth
        ? "Choose OAuth as authentication and confirm on this server’s page."
        : "ChatGPT signs in with OAuth and cannot send a key, but no enabled plugin of this server offers OAuth.",
    );
  }
  return {
    instruction: "In ChatGPT turn on Developer mode in the connector settings, create a connector, and give it this address.",
    caption: "MCP server URL",
    text: endpoint(target),
    notes,
  };
}

function curl(target: Target): Snippet {
  const headers = [
    ...(target.keyNeeded ? [`Authorization: ${bearer(target)}`] : []),
    "Content-Type: application/json",
    "Accept: application/json, text/event-stream",
  ];
  const lines = [
    `curl -sS ${shell(endpoint(target))}`,
    ...headers.map((header) => `  -H ${shell(header)}`),
    `  -d ${shell(LIST_TOOLS)}`,
  ];
  return {
    instruction: "This lists the server’s tools.",
    caption: "Terminal",
    text: lines.join(" \\\n"),
    notes: [],
  };
}

/** The command with which another machine redeems a pairing code. */
export function pairCommand(baseUrl: string, code: string): string {
  const body = JSON.stringify({ code, deviceName: "my device" });
  return `curl -sS ${shell(`${baseUrl}/pair`)} \\\n  -H 'Content-Type: application/json' \\\n  -d ${shell(body)}`;
}

export function endpoint({ baseUrl }: { baseUrl: string }): string {
  return `${baseUrl}/mcp`;
}

function bearer(target: Target): string {
  return `Bearer ${target.key ?? KEY_PLACEHOLDER}`;
}

function json(value: object): string {
  return JSON.stringify(value, null, 2);
}

/** One word of a POSIX shell. */
function shell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

function isPlainRemote(baseUrl: string): boolean {
  return baseUrl.startsWith("http://") && !isLoopback(baseUrl);
}

function isLoopback(baseUrl: string): boolean {
  return ["localhost", "127.0.0.1", "[::1]"].includes(new URL(baseUrl).hostname);
}
