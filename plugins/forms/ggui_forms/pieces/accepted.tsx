export function accepted(checked: boolean, label: string) {
  return checked ? undefined : `${label} must be ticked.`;
}
