import { type Problems } from "./Problems";

/** The problems of one part, by its own fields. */
export function inside(problems: Problems, part: string): Problems {
  const start = `${part}.`;
  const own = Object.entries(problems).filter(([field]) => field.startsWith(start));
  return Object.fromEntries(own.map(([field, problem]) => [field.slice(start.length), problem]));
}
