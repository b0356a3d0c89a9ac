export function atMost(text: string, most: number, label: string) {
  return text !== "" && Number(text) > most ? `${label} must be at most ${most}.` : undefined;
}
