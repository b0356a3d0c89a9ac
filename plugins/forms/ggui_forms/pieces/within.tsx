import { type Problems } from "./Problems";

/** The problems of a part, by the fields of the whole. */
export function within(part: string, problems: Problems): Problems {
  return Object.fromEntries(Object.entries(problems).map(([field, problem]) => [`${part}.${field}`, problem]));
}
