/** A value as the text of a field. */
export function asText(value: unknown) {
  return value === null || value === undefined ? "" : String(value);
}
