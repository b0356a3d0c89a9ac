export function filled(text: string, label: string) {
  return text.trim() === "" ? `${label} is required.` : undefined;
}
