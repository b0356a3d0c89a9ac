import { available, GadgetFault, type GadgetResult } from "./result.ts";
import { useGadget } from "./use_gadget.ts";

export interface NotificationOptions {
  readonly title: string;
  readonly body?: string;
  readonly icon?: string;
  readonly tag?: string;
}

/** What became of a notification. */
export interface NotificationOutcome {
  readonly outcome: "clicked" | "closed";
  readonly tag?: string;
}

/** Show a notification of the system, and tell what the person did with it. Asks for the permission `notifications`. */
export function useNotifications(options: NotificationOptions): GadgetResult<NotificationOutcome> {
  return useGadget(async ({ signal, active }) => {
    const api = available((globalThis as { Notification?: typeof Notification }).Notification, "A notification");
    if ((await api.requestPermission()) !== "granted") throw new GadgetFault("permission_denied", "Notifications are not allowed.");
    const { title, body, icon, tag } = options;
    const given = { ...(body === undefined ? {} : { body }), ...(icon === undefined ? {} : { icon }), ...(tag === undefined ? {} : { tag }) };
    const shown = new api(title, given);
    active();
    return new Promise<NotificationOutcome>((resolve, reject) => {
      const told = (outcome: "clicked" | "closed"): void => resolve(tag === undefined ? { outcome } : { outcome, tag });
      shown.addEventListener("click", () => told("clicked"));
      shown.addEventListener("close", () => told("closed"));
      shown.addEventListener("error", () => reject(new Error("The notification could not be shown.")));
      signal.addEventListener("abort", () => shown.close(), { once: true });
    });
  });
}
