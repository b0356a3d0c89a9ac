/** What is wrong with a draft, by field. */
export type Problems = Record<string, string>;
