interface Props {
  product: string;
}

interface SendFeedback {
  rating: number;
  liked?: ("speed" | "design" | "support")[];
  comment?: string;
  email?: string;
}

const RATING_OPTIONS = [
  { value: "1", label: "1" },
  { value: "2", label: "2" },
  { value: "3", label: "3" },
  { value: "4", label: "4" },
  { value: "5", label: "5" },
];

const LIKED_OPTIONS = [
  { value: "speed", label: "Speed" },
  { value: "design", label: "Design" },
  { value: "support", label: "Support" },
];

const newSendFeedback = { rating: "", liked: [] as string[], comment: "", email: "" };

type SendFeedbackDraft = typeof newSendFeedback;

function checkSendFeedback(draft: SendFeedbackDraft): Problems {
  return problemsOf({
    rating: filled(draft.rating, "Rating")
      ?? likeWhole(draft.rating, "Rating")
      ?? atLeast(draft.rating, 1, "Rating")
      ?? atMost(draft.rating, 5, "Rating"),
    comment: atMostLong(draft.comment, 500, "Comment"),
    email: likeMail(draft.email, "E-mail"),
  });
}

function sendFeedbackPayload(draft: SendFeedbackDraft): SendFeedback {
  return {
    rating: Number(draft.rating),
    ...(draft.liked.length > 0 && { liked: draft.liked as ("speed" | "design" | "support")[] }),
    ...(draft.comment !== "" && { comment: draft.comment }),
    ...(draft.email !== "" && { email: draft.email }),
  };
}

function SendFeedbackForm() {
  const sendFeedback = useAction<SendFeedback>("send_feedback");
  return (
    <ActionForm
      label="Send feedback"
      act={sendFeedback}
      blank={newSendFeedback}
      check={checkSendFeedback}
      payload={sendFeedbackPayload}
    >
      {({ draft, change, problems }) => (
        <>
          <RadioGroup
            label="Rating"
            required
            direction="row"
            options={RATING_OPTIONS}
            value={draft.rating}
            onChange={(value) => change({ rating: value })}
            error={problems.rating}
          />
          <Checks
            legend="What did you like?"
            options={LIKED_OPTIONS}
            picked={draft.liked}
            onChange={(value) => change({ liked: value })}
            error={problems.liked}
          />
          <TextArea
            label="Comment"
            helperText="At most 500 characters."
            value={draft.comment}
            onChange={(value) => change({ comment: value })}
            error={problems.comment}
            rows={4}
          />
          <Input
            type="email"
            label="E-mail"
            value={draft.email}
            onChange={(value) => change({ email: value })}
            error={problems.email}
          />
        </>
      )}
    </ActionForm>
  );
}

export default function FeedbackView({ product }: Props) {
  return (
    <Container maxWidth="md" padding="md">
      <Stack gap="lg">
        <Heading level={1}>Feedback</Heading>
        <Card as="section">
          <Stack gap="md">
            <Grid as="dl" minColumnWidth={130} style={{ margin: 0 }}>
              <Fact label="Product">{product}</Fact>
            </Grid>
          </Stack>
        </Card>
        <Card as="section">
          <Stack gap="md">
            <Heading level={2}>Send feedback</Heading>
            <Text tone="muted">It goes straight to the team.</Text>
            <SendFeedbackForm />
          </Stack>
        </Card>
      </Stack>
    </Container>
  );
}
