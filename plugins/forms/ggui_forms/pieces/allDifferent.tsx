export function allDifferent(rows: unknown[], label: string) {
  const distinct = new Set(rows.map((row) => JSON.stringify(row)));
  return distinct.size < rows.length ? `${label} must all be different.` : undefined;
}
