export function atLeast(text: string, least: number, label: string) {
  return text !== "" && Number(text) < least ? `${label} must be at least ${least}.` : undefined;
}
