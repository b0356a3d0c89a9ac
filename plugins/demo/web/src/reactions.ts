/**
 * How the scripted agent answers a gesture. `ggui_demo/reactions.py` is the same interpreter on the command line and
 * explains the rules; a test feeds both with the same cases.
 */

export type Json = null | boolean | number | string | Json[] | JsonObject;
export type JsonObject = { [member: string]: Json };

export interface Emission {
  channel: string;
  payload: Json;
}

export interface Rule {
  say: string;
  set?: JsonObject;
  list?: string;
  item?: Json;
  change?: JsonObject;
  remove?: boolean;
  add?: JsonObject;
  emit?: Emission[];
}

/** What placeholders stand for. */
export interface Moment {
  nowMs: number;
  serial: number;
  data: Json;
  context: Json;
  props: JsonObject;
}

export interface Reply {
  say: string;
  /** Merge patch for `ggui_update`; empty when the card stays as it is. */
  patch: JsonObject;
  emits: Emission[];
}

const PLACEHOLDER = /\{(?:(data|context|props)((?:\.\w+)*)|(now|today)([+-]\d{1,7})?|serial)\}/g;
const DAY_MS = 86_400_000;

export function react(rule: Rule, moment: Moment): Reply {
  const patch = object(filled(rule.set ?? {}, moment));
  if (rule.list !== undefined) {
    const before = list(moment.props[rule.list]);
    const after = changed(rule, before, moment);
    if (JSON.stringify(after) !== JSON.stringify(before)) patch[rule.list] = after;
  }
  return { say: rule.say, patch, emits: emissions(rule.emit ?? [], moment) };
}

export function emissions(templates: Emission[], moment: Moment): Emission[] {
  return templates.map(({ channel, payload }) => ({ channel, payload: filled(payload, moment) }));
}

/** A template with its placeholders replaced; null when it is nothing but a missing value. */
export function filled(template: Json, moment: Moment): Json {
  return fill(template, moment) ?? null;
}

/** JSON Merge Patch (RFC 7396), as the server applies `ggui_update`. */
export function merged(target: Json, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const result: JsonObject = isObject(target) ? { ...target } : {};
  for (const [member, change] of Object.entries(patch)) {
    if (change === null) delete result[member];
    else result[member] = merged(result[member] ?? null, change);
  }
  return result;
}

function changed(rule: Rule, items: Json[], moment: Moment): Json[] {
  if (rule.add !== undefined) return [...items, filled(rule.add, moment)];
  const wanted = filled(rule.item ?? null, moment);
  if (rule.remove === true) return items.filter((item) => object(item)["id"] !== wanted);
  const change = object(filled(rule.change ?? {}, moment));
  return items.map((item) => (object(item)["id"] === wanted ? { ...object(item), ...change } : item));
}

/** Undefined for a missing value, which leaves its member out. */
function fill(template: Json, moment: Moment): Json | undefined {
  if (typeof template === "string") return text(template, moment);
  if (Array.isArray(template)) return template.map((item) => fill(item, moment)).filter((item) => item !== undefined);
  if (!isObject(template)) return template;
  const result: JsonObject = {};
  for (const [member, value] of Object.entries(template)) {
    const made = fill(value, moment);
    if (made !== undefined) result[member] = made;
  }
  return result;
}

function text(template: string, moment: Moment): Json | undefined {
  const found = [...template.matchAll(PLACEHOLDER)];
  const alone = found[0];
  if (alone !== undefined && alone[0] === template) return valueOf(alone, moment);
  return template.replaceAll(PLACEHOLDER, (...match) => worded(valueOf(match, moment)));
}

/** @param match the placeholder, then root, path, time and offset, of which only one side is there */
function valueOf(match: (string | number | undefined)[], moment: Moment): Json | undefined {
  const [, root, path, time, offset] = match;
  if (time !== undefined) return timeOf(time === "today", Number(offset ?? 0), moment.nowMs);
  if (root === undefined) return moment.serial;
  let value: Json | undefined = { data: moment.data, context: moment.context, props: moment.props }[String(root)];
  for (const member of String(path).split(".").slice(1)) {
    if (!isObject(value) || !Object.hasOwn(value, member)) return undefined;
    value = value[member];
  }
  return value;
}

function timeOf(dateOnly: boolean, offset: number, nowMs: number): string {
  if (dateOnly) return new Date(nowMs + offset * DAY_MS).toISOString().slice(0, 10);
  return new Date(nowMs + offset * 1000).toISOString();
}

function worded(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function object(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}
