export function atMostLong(text: string, most: number, label: string) {
  return [...text].length > most ? `${label} may have at most ${most} characters.` : undefined;
}
