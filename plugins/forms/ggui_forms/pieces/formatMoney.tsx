export function formatMoney(amount: number | null | undefined, currency: string | null | undefined) {
  if (amount === null || amount === undefined) return "—";
  try {
    return new Intl.NumberFormat(undefined, { style: "currency", currency: currency ?? "" }).format(amount);
  } catch {
    return `${new Intl.NumberFormat().format(amount)} ${currency ?? ""}`.trim();
  }
}
