/** Running the runtime: from its address, or from a text where the host blocks that address. */

/**
 * Load a module by its address; rejects when the host's policy or the network does not let it, or when it takes too
 * long: some networks drop what they do not allow, and some browsers first ask a person.
 */
export function load(url: string, crossOrigin: boolean, patienceMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.type = "module";
    if (crossOrigin) script.crossOrigin = "anonymous";
    const giveUp = (): void => {
      clearTimeout(timer);
      // In another document it never runs, although it may still arrive (HTML, "execute the script element").
      document.implementation.createHTMLDocument("").body.append(script);
      reject(new Error(`The runtime could not be loaded from ${new URL(url, document.baseURI).origin}.`));
    };
    const timer = setTimeout(giveUp, patienceMs);
    script.addEventListener("load", () => {
      clearTimeout(timer);
      resolve();
    });
    script.addEventListener("error", giveUp);
    script.src = url;
    document.body.append(script);
  });
}

/** Run a module from its text: as a blob, and where blobs are blocked as an inline script like this one. */
export async function run(code: string, patienceMs: number): Promise<void> {
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  try {
    await load(url, false, patienceMs);
  } catch {
    const script = document.createElement("script");
    script.type = "module";
    script.textContent = code;
    document.body.append(script);
  } finally {
    URL.revokeObjectURL(url);
  }
}
