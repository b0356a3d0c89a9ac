import { Button, Row, Text } from "@ggui-ai/design";

interface ConfirmationProps {
  question: string;
  isBusy: boolean;
  onConfirm: () => void;
  onCancel: () => void;
}

/** Asks once more before something is sent. */
export function Confirmation({ question, isBusy, onConfirm, onCancel }: ConfirmationProps) {
  return (
    <div role="group" aria-label={question}>
      <Text weight="medium" style={{ marginBottom: "var(--ggui-spacing-2)" }}>
        {question}
      </Text>
      <Row>
        <Button loading={isBusy} onPress={onConfirm}>
          Confirm
        </Button>
        <Button variant="ghost" disabled={isBusy} onPress={onCancel}>
          Cancel
        </Button>
      </Row>
    </div>
  );
}
