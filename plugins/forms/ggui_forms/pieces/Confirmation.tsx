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
      <Text weight="medium">{question}</Text>
      <Row style={{ marginTop: "var(--ggui-spacing-2)" }}>
        <Button size="sm" loading={isBusy} onPress={onConfirm}>
          Confirm
        </Button>
        <Button size="sm" variant="ghost" disabled={isBusy} onPress={onCancel}>
          Cancel
        </Button>
      </Row>
    </div>
  );
}
