import { count, isObject, parseJson, text, type JsonObject } from "./json.ts";

/** The member of `_meta` that carries everything a view needs. */
export const SLICE_KEY = "ai.ggui/render";

/** A part of the state that the agent can read and the person can change. */
export interface SlotDeclaration {
  readonly name: string;
  readonly contextName: string;
  readonly default: unknown;
  readonly debounceMs: number;
}

/** Credentials of the live channel. */
export interface LiveAccess {
  readonly wsUrl: string;
  readonly wsToken: string;
  /** Milliseconds since the epoch; `undefined` when the server named no expiry. */
  readonly expiresAt: number | undefined;
  readonly sseUrl: string | undefined;
  readonly pollingUrl: string | undefined;
}

/** A tool that feeds a channel, and with what it is asked. */
export interface StreamSource {
  readonly tool: string;
  readonly args: JsonObject;
}

/** The theme of an app (spec 01 section 13); only what has passed its rules. */
export interface AppTheme {
  readonly mode: "light" | "dark";
  readonly cssVariables: Readonly<Record<string, string>>;
  readonly base: { readonly light: Readonly<Record<string, string>>; readonly dark: Readonly<Record<string, string>> } | undefined;
}

/** `_meta["ai.ggui/render"]`, read and checked (spec 05 section 2). */
export interface Slice {
  readonly sessionId: string;
  readonly appId: string;
  readonly live: LiveAccess | undefined;
  readonly lastSequence: number;
  readonly epoch: number;
  readonly propsJson: string | undefined;
  readonly props: JsonObject;
  readonly contextSlots: readonly SlotDeclaration[];
  readonly codeB64: string | undefined;
  readonly codeUrl: string | undefined;
  readonly codeHash: string | undefined;
  readonly kind: string | undefined;
  readonly themeMode: "light" | "dark" | undefined;
  readonly theme: AppTheme | undefined;
  readonly publicEnv: Readonly<Record<string, string>>;
  /** Channels that a tool feeds, by name (ours). */
  readonly streamSources: ReadonlyMap<string, StreamSource>;
  /** Of these tools, those that the server asks itself for a socket. */
  readonly localTools: ReadonlySet<string>;
  /** What an earlier frame of this session handed over (ours). */
  readonly viewState: JsonObject | undefined;
}

/** What became of reading a slice. */
export type SliceReading =
  | { readonly outcome: "absent" }
  | { readonly outcome: "malformed"; readonly reason: string }
  | { readonly outcome: "expired" }
  | { readonly outcome: "slice"; readonly slice: Slice };

/** Whether there is something to paint without a live channel. */
export function isStatic(slice: Slice): boolean {
  return slice.kind !== undefined || slice.codeB64 !== undefined || slice.codeUrl !== undefined;
}

/**
 * Read the slice of a `_meta` object.
 *
 * @param now Milliseconds since the epoch. Live credentials that are past their time are left out; if nothing else
 *   could be painted the slice counts as expired.
 */
export function readSlice(meta: unknown, now: number): SliceReading {
  if (!isObject(meta) || meta[SLICE_KEY] === undefined) return { outcome: "absent" };
  const raw = meta[SLICE_KEY];
  if (!isObject(raw)) return malformed("the slice is not an object");
  const fault = faultOf(raw);
  if (fault !== undefined) return malformed(fault);
  const live = liveAccess(raw);
  const slice: Slice = {
    sessionId: raw["sessionId"] as string,
    appId: raw["appId"] as string,
    live: live !== undefined && live.expiresAt !== undefined && live.expiresAt <= now ? undefined : live,
    lastSequence: count(raw["lastSequence"]) ?? 0,
    epoch: count(raw["epoch"]) ?? 0,
    propsJson: text(raw["propsJson"]),
    props: propsOf(raw["propsJson"]),
    contextSlots: slotsOf(raw["contextSlots"]),
    codeB64: text(raw["codeB64"]),
    codeUrl: text(raw["codeUrl"]),
    codeHash: text(raw["codeHash"]),
    kind: text(raw["kind"]),
    themeMode: modeOf(raw["themeMode"]),
    theme: themeOf(raw["theme"]),
    publicEnv: publicEnvOf(raw["publicEnv"]),
    streamSources: sourcesOf(raw["streamSources"]),
    localTools: new Set(Array.isArray(raw["streamWebSocketLocalTools"]) ? (raw["streamWebSocketLocalTools"] as string[]) : []),
    viewState: isObject(raw["viewState"]) ? raw["viewState"] : undefined,
  };
  if (isStatic(slice) || slice.live !== undefined) return { outcome: "slice", slice };
  return live === undefined ? malformed("the slice holds nothing to mount") : { outcome: "expired" };
}

const NON_EMPTY = ["codeUrl", "codeB64", "codeHash", "codeModuleUrl", "kind"] as const;
const COUNTS = ["lastSequence", "epoch"] as const;

function faultOf(raw: JsonObject): string | undefined {
  for (const name of ["sessionId", "appId", "runtimeUrl"]) {
    if (text(raw[name]) === undefined) return `'${name}' is missing`;
  }
  if ((text(raw["wsUrl"]) === undefined) !== (text(raw["wsToken"]) === undefined)) {
    return "'wsUrl' and 'wsToken' come together";
  }
  const expiresAt = raw["expiresAt"];
  if (expiresAt !== undefined && (typeof expiresAt !== "string" || Number.isNaN(Date.parse(expiresAt)))) {
    return "'expiresAt' is no time";
  }
  for (const name of COUNTS) {
    if (raw[name] !== undefined && count(raw[name]) === undefined) return `'${name}' is no whole number`;
  }
  for (const name of NON_EMPTY) {
    if (raw[name] !== undefined && text(raw[name]) === undefined) return `'${name}' is empty`;
  }
  if (raw["kind"] !== undefined && (raw["codeUrl"] !== undefined || raw["codeB64"] !== undefined)) {
    return "'kind' excludes component code";
  }
  return undefined;
}

function liveAccess(raw: JsonObject): LiveAccess | undefined {
  const wsUrl = text(raw["wsUrl"]);
  const wsToken = text(raw["wsToken"]);
  if (wsUrl === undefined || wsToken === undefined) return undefined;
  const expiresAt = text(raw["expiresAt"]);
  return {
    wsUrl,
    wsToken,
    expiresAt: expiresAt === undefined ? undefined : Date.parse(expiresAt),
    sseUrl: text(raw["sseUrl"]),
    pollingUrl: text(raw["pollingUrl"]),
  };
}

function propsOf(propsJson: unknown): JsonObject {
  const props = typeof propsJson === "string" ? parseJson(propsJson) : undefined;
  return isObject(props) ? props : {};
}

const DEFAULT_DEBOUNCE_MS = 300;

/** One malformed slot makes the whole list unusable. */
function slotsOf(raw: unknown): readonly SlotDeclaration[] {
  if (!Array.isArray(raw)) return [];
  const slots: SlotDeclaration[] = [];
  for (const entry of raw as unknown[]) {
    if (!isObject(entry) || typeof entry["name"] !== "string" || !("default" in entry)) return [];
    const debounceMs = entry["debounceMs"];
    slots.push({
      name: entry["name"],
      contextName: text(entry["contextName"]) ?? `${pascalCase(entry["name"])}Context`,
      default: entry["default"],
      debounceMs: typeof debounceMs === "number" && debounceMs >= 0 ? debounceMs : DEFAULT_DEBOUNCE_MS,
    });
  }
  return slots;
}

function pascalCase(name: string): string {
  return name
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}

function modeOf(raw: unknown): "light" | "dark" | undefined {
  return raw === "light" || raw === "dark" ? raw : undefined;
}

const VARIABLE_NAME = /^--ggui-[a-zA-Z0-9-]+$/;
const VARIABLE_LIMIT = 200;

function themeOf(raw: unknown): AppTheme | undefined {
  if (!isObject(raw)) return undefined;
  const mode = modeOf(raw["mode"]);
  const cssVariables = variablesOf(raw["cssVariables"]);
  if (mode === undefined || cssVariables === undefined) return undefined;
  if (raw["base"] === undefined) return { mode, cssVariables, base: undefined };
  const base = isObject(raw["base"]) ? raw["base"] : {};
  const light = variablesOf(base["light"]);
  const dark = variablesOf(base["dark"]);
  return light === undefined || dark === undefined ? undefined : { mode, cssVariables, base: { light, dark } };
}

function variablesOf(raw: unknown): Readonly<Record<string, string>> | undefined {
  if (!isObject(raw)) return undefined;
  const entries = Object.entries(raw);
  if (entries.length > VARIABLE_LIMIT) return undefined;
  return entries.every(([name, value]) => VARIABLE_NAME.test(name) && isVariableValue(value))
    ? (raw as Record<string, string>)
    : undefined;
}

function isVariableValue(value: unknown): boolean {
  if (typeof value !== "string" || value.length < 1 || value.length > 256) return false;
  return !/[;{}<>@]/.test(value) && !value.includes("/*");
}

const PUBLIC_NAME = /^GGUI_PUBLIC_APP_[A-Z0-9_]+$/;

function publicEnvOf(raw: unknown): Readonly<Record<string, string>> {
  if (!isObject(raw)) return {};
  const sound = Object.entries(raw).every(([name, value]) => PUBLIC_NAME.test(name) && typeof value === "string");
  return sound ? (raw as Record<string, string>) : {};
}

function sourcesOf(raw: unknown): ReadonlyMap<string, StreamSource> {
  const sources = new Map<string, StreamSource>();
  for (const [channel, source] of Object.entries(isObject(raw) ? raw : {})) {
    const tool = isObject(source) ? text(source["tool"]) : undefined;
    if (isObject(source) && tool !== undefined) sources.set(channel, { tool, args: isObject(source["args"]) ? source["args"] : {} });
  }
  return sources;
}

function malformed(reason: string): SliceReading {
  return { outcome: "malformed", reason };
}
