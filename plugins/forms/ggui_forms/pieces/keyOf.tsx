/** Which of the values it is, as the key of its option. */
export function keyOf(values: readonly unknown[], value: unknown) {
  const index = values.findIndex((known) => JSON.stringify(known) === JSON.stringify(value));
  return index < 0 ? "" : String(index);
}
