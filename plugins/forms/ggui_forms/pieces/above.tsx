export function above(text: string, limit: number, label: string) {
  return text !== "" && Number(text) <= limit ? `${label} must be more than ${limit}.` : undefined;
}
