import { useEffect, useRef, useState, type ReactNode } from "react";
import { Button } from "@ggui-ai/design";
import { SentNote } from "./SentNote";

interface RowFormProps {
  label: string;
  about: string;
  isOpen: boolean;
  onToggle: (isOpen: boolean) => void;
  children: (onSent: () => void) => ReactNode;
}

/** A button that opens a form below it. */
export function RowForm({ label, about, isOpen, onToggle, children }: RowFormProps) {
  const [isSent, setSent] = useState(false);
  const button = useRef<HTMLDivElement>(null);
  const form = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (isOpen) form.current?.querySelector<HTMLElement>("input, select, textarea")?.focus();
  }, [isOpen]);

  function close() {
    onToggle(false);
    button.current?.querySelector("button")?.focus();
  }

  return (
    <>
      <div ref={button}>
        <Button
          variant="outline"
          size="sm"
          aria-label={about ? `${label}: ${about}` : undefined}
          aria-expanded={isOpen}
          onPress={() => {
            setSent(false);
            onToggle(!isOpen);
          }}
        >
          {label}
        </Button>
        <SentNote status={isSent ? "sent" : "idle"} />
      </div>
      {isOpen && (
        <div
          ref={form}
          style={{ flexBasis: "100%", order: 1, paddingBlock: "var(--ggui-spacing-2)", textAlign: "start" }}
          onKeyDown={(event) => {
            if (event.key === "Escape") close();
          }}
        >
          {children(() => {
            setSent(true);
            close();
          })}
        </div>
      )}
    </>
  );
}
