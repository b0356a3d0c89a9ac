import { type Problems } from "./Problems";

/** The problems of every row, by its number. */
export function ofEach<Row>(rows: Row[], check: (row: Row) => Problems): Problems {
  const found = rows.map((row, index) =>
    Object.entries(check(row)).map(([field, problem]) => [field ? `${index}.${field}` : `${index}`, problem]),
  );
  return Object.fromEntries(found.flat());
}
