/** What the examples show. */
const picture = (shapes: string): string =>
  `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 200" width="400" height="200">${shapes}</svg>`)}`;

export const HILLS = picture('<rect width="400" height="200" fill="#a8c6e6"/><path d="M0 200 120 90 210 170 280 110 400 200Z" fill="#1b7a37"/>');
export const PERSON = picture('<rect width="400" height="200" fill="#e4c583"/><circle cx="200" cy="80" r="45" fill="#623d00"/><path d="M90 200a110 80 0 0 1 220 0Z" fill="#623d00"/>');

export const ICONS = ["activity", "bell", "calendar", "check", "chevron-down", "copy", "download", "ellipsis", "heart", "house", "mail", "map-pin", "search", "settings", "star", "trash", "upload", "user", "x"];

export interface Order {
  id: string;
  customer: string;
  total: number;
  status: "paid" | "open" | "late";
}

export const ORDERS: Order[] = [
  { id: "o-7", customer: "Ada Lovelace", total: 1240, status: "paid" },
  { id: "o-8", customer: "Grace Hopper", total: 18.5, status: "open" },
  { id: "o-9", customer: "Karen Spärck Jones", total: 42, status: "late" },
];

export const PLACES = [
  { id: "orders", label: "Orders", badge: "3" },
  { id: "customers", label: "Customers" },
  { id: "reports", label: "Reports", children: [{ id: "weekly", label: "Weekly" }] },
  { id: "old", label: "Archive", disabled: true },
];

export const COMMANDS = [
  { id: "new", label: "New order", group: "Orders", shortcut: "N" },
  { id: "find", label: "Find an order", group: "Orders", description: "by number or name" },
  { id: "dark", label: "Dark mode", group: "View", keywords: ["theme"] },
  { id: "off", label: "Not now", group: "View", disabled: true },
];
