/** One reason why the server refused a gesture: which field, and what is wrong with it. */
export interface Violation {
  readonly field: string;
  readonly message: string;
}

/**
 * What became of a gesture. `heard` says whether an agent was listening when it arrived; a gesture that was not
 * heard waits on the server and the conversation is told.
 */
export type Outcome =
  | { readonly ok: true; readonly heard: boolean }
  | {
      readonly ok: false;
      readonly code: string;
      readonly message: string;
      readonly violations?: readonly Violation[];
    };
