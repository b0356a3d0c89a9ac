/** A value as JSON that can be edited. */
export function asJson(value: unknown) {
  return value === null || value === undefined ? "" : JSON.stringify(value, null, 2);
}
