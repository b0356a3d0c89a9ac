/** What is wrong with a draft, by field. */
export type Problems = Record<string, string>;

export interface FormParts<Draft> {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  problems: Problems;
}
