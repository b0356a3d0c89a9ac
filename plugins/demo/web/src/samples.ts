/** The sample cards, as the server tells them (`ggui_demo/samples.py`). */

import type { Emission, JsonObject, Rule } from "./reactions";

export interface Sample {
  name: string;
  title: string;
  about: string;
  hint: string;
  intent: string;
  contract: JsonObject;
  /** Template of the first props. */
  props: JsonObject;
  /** By the name of the action. */
  reactions: Record<string, Rule>;
  stream?: { everyMs: number; ticks: Emission[][] };
}

export async function samples(): Promise<Sample[]> {
  const response = await fetch("/try/samples.json");
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  const told = (await response.json()) as { samples: Sample[] }; // written by our own distribution
  return told.samples;
}
