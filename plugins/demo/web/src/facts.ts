/** What the server wrote into the page about itself. */

export interface Facts {
  /** Address that clients outside this machine use, or null when the operator named none. */
  publicBaseUrl: string | null;
  startedAtMs: number;
  devAllowAll: boolean;
  ephemeral: boolean;
  /** Whether the routes of a pairing plugin are there. */
  pairing: boolean;
  /** Whether the routes of an OAuth server are there. */
  oauth: boolean;
  /** Whether this browser carries an operator session; it may have ended. */
  session: boolean;
  /** Where the sign-in page returns to. */
  next: string;
}

export function facts(page: Document = document): Facts {
  const meta = page.querySelector<HTMLMetaElement>('meta[name="ggui-facts"]');
  if (meta === null) throw new Error("the page carries no facts");
  return JSON.parse(meta.content) as Facts; // written by our own server, in the same distribution
}

/** The base URL for snippets: the public one, else the address that this browser found the server at. */
export function baseUrl(known: Facts): string {
  return (known.publicBaseUrl ?? location.origin).replace(/\/+$/, "");
}
