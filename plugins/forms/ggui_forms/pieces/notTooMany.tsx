export function notTooMany(rows: unknown[], most: number, label: string) {
  return rows.length > most ? `${label} may have at most ${most}.` : undefined;
}
