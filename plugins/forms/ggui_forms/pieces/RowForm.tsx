import { useEffect, useRef, useState, type ReactNode } from "react";
import { Button, Text } from "@ggui-ai/design";

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
  const wasOpen = useRef(isOpen);

  useEffect(() => {
    if (isOpen && !wasOpen.current) form.current?.querySelector<HTMLElement>("input, select, textarea")?.focus();
    wasOpen.current = isOpen;
  }, [isOpen]);

  function close() {
    onToggle(false);
    button.current?.querySelector("button")?.focus();
  }

  return (
    <div>
      <div ref={button}>
        <Button
          variant="outline"
          size="sm"
          aria-label={about && `${label}: ${about}`}
          aria-expanded={isOpen}
          onPress={() => {
            setSent(false);
            onToggle(!isOpen);
          }}
        >
          {label}
        </Button>
      </div>
      <div role="status">
        {isSent && (
          <Text size="sm" tone="success">
            Sent.
          </Text>
        )}
      </div>
      {isOpen && (
        <div
          ref={form}
          style={{ marginTop: "var(--ggui-spacing-3)", textAlign: "start" }}
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
    </div>
  );
}
