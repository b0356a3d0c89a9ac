import { type Problems } from "./Problems";

export interface FormParts<Draft> {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  problems: Problems;
}
