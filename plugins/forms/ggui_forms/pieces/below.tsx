export function below(text: string, limit: number, label: string) {
  return text !== "" && Number(text) >= limit ? `${label} must be less than ${limit}.` : undefined;
}
