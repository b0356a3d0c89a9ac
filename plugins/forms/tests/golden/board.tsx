interface Todo {
  id: string;
  title: string;
  status: "open" | "in_progress" | "done";
  due?: string;
}

interface Props {
  title: string;
  todos: Todo[];
}

interface CompleteTodo {
  todoId: string;
}

interface DeleteTodo {
  todoId: string;
}

interface EditTodo {
  todoId: string;
  title: string;
  due?: string;
}

interface AddTodo {
  title: string;
}

const FILTER_OPTIONS = [{ value: "all", label: "All" }, { value: "open", label: "Open" }, { value: "done", label: "Done" }];

const STATUS: Known = {
  open: { label: "Open" },
  in_progress: { label: "In progress", variant: "info" },
  done: { label: "Done", variant: "success" },
};

function FilterControl() {
  const [filter, setFilter] = useGguiContext<"all" | "open" | "done">("filter");
  return (
    <RadioGroup
      label="Filter"
      direction="row"
      options={FILTER_OPTIONS}
      value={filter}
      onChange={(value) => setFilter(value as "all" | "open" | "done")}
    />
  );
}

function editTodoDraft(from: Partial<Omit<EditTodo, "todoId">> = {}) {
  return {
    title: from.title ?? "",
    due: from.due ?? "",
  };
}

type EditTodoDraft = ReturnType<typeof editTodoDraft>;

function checkEditTodo(draft: EditTodoDraft): Problems {
  return problemsOf({ title: filled(draft.title, "Title") ?? atMostLong(draft.title, 80, "Title") });
}

function editTodoPayload(draft: EditTodoDraft): Omit<EditTodo, "todoId"> {
  return {
    title: draft.title,
    ...(draft.due !== "" && { due: draft.due }),
  };
}

function EditTodoForm({
  todo,
  onSent,
  onCancel,
}: {
  todo: Todo;
  onSent: () => void;
  onCancel: () => void;
}) {
  const editTodo = useAction<EditTodo>("edit_todo");
  return (
    <ActionForm
      label="Edit"
      act={editTodo}
      blank={editTodoDraft({ title: todo.title, due: todo.due })}
      check={checkEditTodo}
      payload={(draft) => ({ todoId: todo.id, ...editTodoPayload(draft) })}
      onSent={onSent}
      onCancel={onCancel}
    >
      {({ draft, change, problems }) => (
        <>
          <Input
            label="Title"
            required
            helperText="At most 80 characters."
            value={draft.title}
            onChange={(value) => change({ title: value })}
            error={problems.title}
          />
          <Input
            type="date"
            label="Due"
            value={draft.due}
            onChange={(value) => change({ due: value })}
            error={problems.due}
          />
        </>
      )}
    </ActionForm>
  );
}

function TodosSection({ todos }: { todos: Props["todos"] }) {
  const completeTodo = useAction<CompleteTodo>("complete_todo");
  const deleteTodo = useAction<DeleteTodo>("delete_todo");
  const [open, setOpen] = useState("");
  return (
    <Stack as="section" gap="md">
      <Heading level={2}>Todos</Heading>
      {todos.length > 0 ? (
        <Table
          data={todos}
          columns={[
            { key: "title", header: "Title", render: (todo) => todo.title },
            {
              key: "status",
              header: "Status",
              render: (todo) => <Chip value={todo.status} known={STATUS} />,
            },
            { key: "due", header: "Due", render: (todo) => <Moment value={todo.due} isDay /> },
            {
              key: "actions",
              header: "",
              render: (todo) => (
                <Row key={todo.id} gap="xs" align="start">
                  <ActionButton
                    label="Complete"
                    about={todo.title}
                    act={completeTodo}
                    payload={{ todoId: todo.id }}
                  />
                  <ConfirmedButton
                    label="Delete"
                    about={todo.title}
                    act={deleteTodo}
                    payload={{ todoId: todo.id }}
                  />
                  <RowForm
                    label="Edit"
                    about={todo.title}
                    isOpen={open === `EditTodoForm ${todo.id}`}
                    onToggle={(isOpen) => setOpen(isOpen ? `EditTodoForm ${todo.id}` : "")}
                  >
                    {(onSent) => (
                      <EditTodoForm todo={todo} onSent={onSent} onCancel={() => setOpen("")} />
                    )}
                  </RowForm>
                </Row>
              ),
            },
          ]}
        />
      ) : (
        <EmptyState title="No todos yet" />
      )}
    </Stack>
  );
}

const newAddTodo = { title: "" };

type AddTodoDraft = typeof newAddTodo;

function checkAddTodo(draft: AddTodoDraft): Problems {
  return problemsOf({ title: filled(draft.title, "Title") ?? atMostLong(draft.title, 80, "Title") });
}

function addTodoPayload(draft: AddTodoDraft): AddTodo {
  return {
    title: draft.title,
  };
}

function AddTodoForm() {
  const addTodo = useAction<AddTodo>("add_todo");
  return (
    <ActionForm
      label="Add to-do"
      act={addTodo}
      blank={newAddTodo}
      check={checkAddTodo}
      payload={addTodoPayload}
    >
      {({ draft, change, problems }) => (
        <Input
          label="Title"
          required
          helperText="At most 80 characters."
          value={draft.title}
          onChange={(value) => change({ title: value })}
          error={problems.title}
        />
      )}
    </ActionForm>
  );
}

export default function TodosView({ title, todos }: Props) {
  return (
    <Container maxWidth="md" padding="md">
      <Stack gap="lg">
        <Heading level={1}>{title}</Heading>
        <Grid as="section" minColumnWidth={260}><FilterControl /></Grid>
        <TodosSection todos={todos} />
        <Card as="section">
          <Stack gap="md">
            <Heading level={2}>Add to-do</Heading>
            <AddTodoForm />
          </Stack>
        </Card>
      </Stack>
    </Container>
  );
}
