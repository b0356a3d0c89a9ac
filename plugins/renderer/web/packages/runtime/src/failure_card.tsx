import { Button, Heading, Text } from "@ggui-ai/design";
import type { ReactNode } from "react";

import { MESSAGES } from "./messages.ts";

export interface Failure {
  readonly kind: keyof typeof MESSAGES.failure;
  /** A stable code, for whoever has to look into it. */
  readonly code: string;
  readonly detail: string;
}

/** What stands where a card should be. */
export function FailureCard({ failure, onRetry }: { failure: Failure; onRetry?: (() => void) | undefined }): ReactNode {
  const [headline, advice] = MESSAGES.failure[failure.kind];
  return (
    <section className="ggui-failure" role="alert" tabIndex={-1} data-ggui-failure={failure.code}>
      <div className="ggui-failure-body">
        <Heading level={3}>{headline}</Heading>
        <Text tone="muted">{advice}</Text>
      </div>
      {onRetry !== undefined && (
        <Button variant="outline" size="sm" onPress={onRetry}>
          {MESSAGES.retry}
        </Button>
      )}
      <details>
        <summary>{MESSAGES.details}</summary>
        <pre>
          {failure.code}
          {failure.detail === "" ? "" : `\n${failure.detail}`}
        </pre>
      </details>
    </section>
  );
}
