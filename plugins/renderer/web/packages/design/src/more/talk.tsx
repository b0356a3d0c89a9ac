import { Avatar, Button, Heading, Row, Skeleton, Stack, Text, TextArea, type Styled } from "@ggui-ai/design";
import { classes, momentText, WORDS } from "@ggui-ai/design/internal.ts";
import { useEffect, useRef, useState, type FormEvent, type KeyboardEvent, type ReactNode } from "react";

export const talkCss = `
.ggui-chat{display:flex;flex-direction:column;min-height:0;border:1px solid var(--ggui-color-outlineVariant);border-radius:var(--ggui-shape-radius-lg);overflow:clip}
.ggui-chat-head{padding:var(--ggui-spacing-3) var(--ggui-spacing-4);border-bottom:1px solid var(--ggui-color-outlineVariant)}
.ggui-chat-log{display:flex;flex-direction:column;gap:var(--ggui-spacing-3);flex:1;min-height:8rem;max-height:26rem;overflow-y:auto;padding:var(--ggui-spacing-4)}
.ggui-chat-line{display:flex;gap:var(--ggui-spacing-2);align-items:flex-end;max-width:85%}
.ggui-chat-own{align-self:flex-end;flex-direction:row-reverse}
.ggui-bubble{padding:.5rem .75rem;border-radius:var(--ggui-shape-radius-xl);background:var(--ggui-color-surfaceVariant);overflow-wrap:anywhere;white-space:pre-line;min-width:0}
.ggui-chat-own .ggui-bubble{background:var(--ggui-color-primary-500);color:var(--ggui-color-onPrimary)}
.ggui-chat-meta{display:block;font-size:var(--ggui-font-size-xs,.75rem);color:var(--ggui-color-onSurfaceVariant)}
.ggui-chat-own .ggui-chat-meta{text-align:end}
.ggui-chat-form{display:flex;gap:var(--ggui-spacing-2);align-items:flex-end;padding:var(--ggui-spacing-3);border-top:1px solid var(--ggui-color-outlineVariant)}
.ggui-chat-form .ggui-textarea{min-height:36px}
.ggui-comment{display:flex;gap:var(--ggui-spacing-3);min-width:0}
.ggui-comment-body{flex:1;min-width:0;display:flex;flex-direction:column;gap:var(--ggui-spacing-1)}
.ggui-comments{list-style:none;margin:0;padding:0;display:flex;flex-direction:column;gap:var(--ggui-spacing-4)}
.ggui-comments .ggui-comments{margin-top:var(--ggui-spacing-3);padding-inline-start:var(--ggui-spacing-3);border-inline-start:2px solid var(--ggui-color-outlineVariant)}
.ggui-reaction[aria-pressed=true]{border-color:var(--ggui-color-info-500);background:var(--ggui-color-info-50)}
`;

/** A field that grows, and a button; Enter sends, Shift+Enter breaks the line. */
function Composer({ label, button, onSend, isFocused = false }: { label: string; button: string; onSend: (text: string) => void; isFocused?: boolean }): ReactNode {
  const [text, setText] = useState("");
  function send(event: FormEvent | KeyboardEvent): void {
    event.preventDefault();
    if (text.trim() === "") return;
    onSend(text.trim());
    setText("");
  }
  return (
    <form className="ggui-chat-form" onSubmit={send}>
      <TextArea
        aria-label={label}
        placeholder={label}
        rows={1}
        autoResize
        autoFocus={isFocused}
        value={text}
        onChange={setText}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) send(event);
        }}
      />
      <Button type="submit" disabled={text.trim() === ""}>
        {button}
      </Button>
    </form>
  );
}

export interface ChatMessage {
  id: string;
  content?: ReactNode;
  text?: ReactNode;
  senderId?: string;
  senderName?: string;
  avatar?: string;
  timestamp?: string | number | Date;
}

export interface ChatWindowProps extends Omit<Styled, "children"> {
  messages: readonly ChatMessage[];
  currentUserId?: string;
  onSendMessage?: (text: string) => void;
  loading?: boolean;
  /** Somebody writes: their name, or that it is so. */
  typing?: boolean | string;
  placeholder?: string;
  header?: ReactNode;
}

/** A conversation; new messages are announced, and the newest is in view. */
export function ChatWindow(props: ChatWindowProps): ReactNode {
  const { messages, currentUserId, onSendMessage, loading, typing, placeholder = WORDS.message, header, className, ...rest } = props;
  const log = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (log.current !== null) log.current.scrollTop = log.current.scrollHeight;
  }, [messages.length, typing]);
  return (
    <section className={classes("ggui-chat", className)} {...rest}>
      {header !== undefined && <div className="ggui-chat-head">{typeof header === "string" ? <Heading level={3}>{header}</Heading> : header}</div>}
      <div ref={log} role="log" aria-label={typeof header === "string" ? header : placeholder} tabIndex={0} className="ggui-chat-log">
        {loading === true && <Waiting />}
        {messages.map((message) => {
          const isOwn = message.senderId !== undefined && message.senderId === currentUserId;
          const meta = [isOwn ? undefined : message.senderName, message.timestamp === undefined ? undefined : momentText(message.timestamp)];
          return (
            <div key={message.id} className={classes("ggui-chat-line", isOwn && "ggui-chat-own")}>
              {!isOwn && <Avatar size="sm" src={message.avatar} name={message.senderName} />}
              <div style={{ minWidth: 0 }}>
                <span className="ggui-chat-meta">{meta.filter(Boolean).join(" · ")}</span>
                <div className="ggui-bubble">{message.content ?? message.text}</div>
              </div>
            </div>
          );
        })}
        {typing !== undefined && typing !== false && <Text size="sm" tone="muted">{typing === true ? WORDS.typing : typing}</Text>}
      </div>
      {onSendMessage !== undefined && <Composer label={placeholder} button={WORDS.send} onSend={onSendMessage} />}
    </section>
  );
}

export interface CommentAuthor {
  id?: string;
  name: string;
  avatar?: string;
}

export interface ThreadComment {
  id: string;
  author: CommentAuthor | string;
  content: ReactNode;
  createdAt?: string | number | Date;
  replies?: readonly ThreadComment[];
  reactions?: readonly { emoji: string; count: number; reacted?: boolean }[];
}

export interface CommentThreadProps extends Omit<Styled, "children"> {
  comments: readonly ThreadComment[];
  currentUser?: CommentAuthor;
  onAddComment?: (text: string) => void;
  onReply?: (commentId: string, text: string) => void;
  onReaction?: (commentId: string, emoji: string) => void;
  loading?: boolean;
}

/** Comments with their answers. */
export function CommentThread({ comments, currentUser, onAddComment, onReply, onReaction, loading, className, ...rest }: CommentThreadProps): ReactNode {
  const [replyTo, setReplyTo] = useState<string>();
  const acts = { replyTo, setReplyTo, onReply, onReaction };
  return (
    <Stack as="section" gap="md" className={className} {...rest}>
      {loading === true ? <Waiting /> : <Comments comments={comments} depth={0} {...acts} />}
      {onAddComment !== undefined && (
        <div className="ggui-comment">
          {currentUser !== undefined && <Avatar size="sm" name={currentUser.name} src={currentUser.avatar} />}
          <div className="ggui-comment-body ggui-chat">
            <Composer label={WORDS.comment} button={WORDS.send} onSend={onAddComment} />
          </div>
        </div>
      )}
    </Stack>
  );
}

interface CommentsProps extends Pick<CommentThreadProps, "onReply" | "onReaction"> {
  comments: readonly ThreadComment[];
  depth: number;
  replyTo: string | undefined;
  setReplyTo: (id: string | undefined) => void;
}

const DEEPEST = 4;

function Comments({ comments, depth, ...acts }: CommentsProps): ReactNode {
  const { replyTo, setReplyTo, onReply, onReaction } = acts;
  return (
    <ul className="ggui-comments">
      {comments.map((comment) => {
        const author = typeof comment.author === "string" ? { name: comment.author } : comment.author;
        return (
          <li key={comment.id}>
            <article className="ggui-comment">
              <Avatar size="sm" name={author.name} src={(author as CommentAuthor).avatar} />
              <div className="ggui-comment-body">
                <span>
                  <strong>{author.name}</strong>{" "}
                  {comment.createdAt !== undefined && <Text is="span" size="sm" tone="muted">{momentText(comment.createdAt)}</Text>}
                </span>
                <div>{comment.content}</div>
                <Row gap="xs">
                  {comment.reactions?.map(({ emoji, count, reacted }) => (
                    <Button key={emoji} size="xs" variant="secondary" className="ggui-reaction" aria-pressed={reacted === true} onPress={() => onReaction?.(comment.id, emoji)}>
                      {emoji} {count}
                    </Button>
                  ))}
                  {onReply !== undefined && (
                    <Button size="xs" variant="ghost" aria-label={`${WORDS.answer}: ${author.name}`} aria-expanded={replyTo === comment.id} onPress={() => setReplyTo(replyTo === comment.id ? undefined : comment.id)}>
                      {WORDS.answer}
                    </Button>
                  )}
                </Row>
                {replyTo === comment.id && onReply !== undefined && (
                  <div className="ggui-chat">
                    <Composer
                      label={`${WORDS.answer}: ${author.name}`}
                      button={WORDS.send}
                      isFocused
                      onSend={(text) => {
                        onReply(comment.id, text);
                        setReplyTo(undefined);
                      }}
                    />
                  </div>
                )}
              </div>
            </article>
            {comment.replies !== undefined && comment.replies.length > 0 && depth < DEEPEST && <Comments comments={comment.replies} depth={depth + 1} {...acts} />}
          </li>
        );
      })}
    </ul>
  );
}

function Waiting(): ReactNode {
  return (
    <Stack>
      <span role="status" className="ggui-sr">{WORDS.loading}</span>
      <Skeleton variant="text" width="60%" />
      <Skeleton variant="text" width="40%" />
    </Stack>
  );
}
