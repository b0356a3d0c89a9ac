/** Where a gadget stands (spec 05 section 12.2). */
export type GadgetStatus = "idle" | "prompting" | "active" | "completed" | "denied" | "error";

/** Why a gadget gave no value. */
export type GadgetErrorCode = "permission_denied" | "not_supported" | "aborted" | "timeout" | "unknown";

export interface GadgetError {
  readonly code: GadgetErrorCode;
  readonly message: string;
}

/** What every hook of a gadget returns. */
export interface GadgetResult<T> {
  readonly value: T | undefined;
  readonly status: GadgetStatus;
  readonly error?: GadgetError;
  /** Begin; settles with the value, or with nothing when there is none. Never rejects. */
  start(): Promise<T | undefined>;
  /** End what goes on: a recording, a watch. */
  stop(): void;
}

/** A fault that a gadget found itself. */
export class GadgetFault extends Error {
  readonly code: GadgetErrorCode;

  constructor(code: GadgetErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

const CODES: Readonly<Record<string, GadgetErrorCode>> = {
  NotAllowedError: "permission_denied",
  SecurityError: "permission_denied",
  NotFoundError: "not_supported",
  NotSupportedError: "not_supported",
  NotReadableError: "not_supported",
  AbortError: "aborted",
  TimeoutError: "timeout",
};

/** What was thrown, in the closed set of codes. */
export function faultOf(thrown: unknown): GadgetError {
  if (thrown instanceof GadgetFault) return { code: thrown.code, message: thrown.message };
  if (!(thrown instanceof Error)) return { code: "unknown", message: String(thrown) };
  return { code: CODES[thrown.name] ?? "unknown", message: thrown.message };
}

/** Something that this browser has, or that the page may use. */
export function available<T>(thing: T | undefined | null, name: string): T {
  if (thing === undefined || thing === null) throw new GadgetFault("not_supported", `${name} is not available here.`);
  return thing;
}
