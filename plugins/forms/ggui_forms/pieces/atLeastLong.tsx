export function atLeastLong(text: string, least: number, label: string) {
  return text !== "" && [...text].length < least ? `${label} needs at least ${least} characters.` : undefined;
}
