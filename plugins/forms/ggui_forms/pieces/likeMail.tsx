export function likeMail(text: string, label: string) {
  return text === "" || /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text) ? undefined : `${label} must be an e-mail address.`;
}
