import { available, type GadgetResult } from "./result.ts";
import { useGadget } from "./use_gadget.ts";

export interface ClipboardWriteOptions {
  readonly text: string;
}

/** Read text from the clipboard. Asks for the permission `clipboard-read`. */
export function useClipboardPaste(): GadgetResult<string> {
  return useGadget(() => clipboard().readText());
}

/** Put `text` on the clipboard. Asks for the permission `clipboard-write`. */
export function useClipboardWrite(options: ClipboardWriteOptions): GadgetResult<string> {
  return useGadget(async () => {
    await clipboard().writeText(options.text);
    return options.text;
  });
}

function clipboard(): Clipboard {
  return available(navigator.clipboard as Clipboard | undefined, "The clipboard");
}
