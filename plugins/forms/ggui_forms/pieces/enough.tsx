export function enough(rows: unknown[], least: number, label: string) {
  return rows.length < least ? `${label} needs at least ${least}.` : undefined;
}
