import { GadgetFault, type GadgetResult } from "./result.ts";
import { useGadget } from "./use_gadget.ts";

/** `accept` is a list as the HTML attribute has it: `image/*,.pdf`. */
export interface FilePickerOptions {
  readonly multiple?: boolean;
  readonly accept?: string;
}

/** A file that was chosen; `size` in bytes, `_file` the browser's own object. */
export interface PickedFile {
  readonly name: string;
  readonly size: number;
  readonly type: string;
  readonly _file: File;
}

/** Let the person choose files of the machine; a dialogue that is closed counts as denied. */
export function useFilePicker(options: FilePickerOptions = {}): GadgetResult<{ readonly files: readonly PickedFile[] }> {
  return useGadget(({ signal }) => {
    const input = document.createElement("input");
    input.type = "file";
    input.multiple = options.multiple ?? false;
    input.accept = options.accept ?? "";
    return new Promise((resolve, reject) => {
      const none = (): void => reject(new GadgetFault("aborted", "No file was chosen."));
      input.addEventListener("change", () => {
        const files = [...(input.files ?? [])].map((file) => ({ name: file.name, size: file.size, type: file.type, _file: file }));
        if (files.length === 0) none();
        else resolve({ files });
      });
      input.addEventListener("cancel", none);
      signal.addEventListener("abort", none, { once: true });
      input.click();
    });
  });
}
