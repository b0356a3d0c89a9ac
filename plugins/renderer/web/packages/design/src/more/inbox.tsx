import { Button, EmptyState, Heading, Progress, Row, Skeleton, Text, type Styled } from "@ggui-ai/design";
import { bytesText, classes, Close, momentText, WORDS } from "@ggui-ai/design/internal.ts";
import { useId, useRef, useState, type ReactNode } from "react";

export const inboxCss = `
.ggui-drop{display:flex;flex-direction:column;align-items:center;gap:var(--ggui-spacing-2);padding:var(--ggui-spacing-6) var(--ggui-spacing-4);text-align:center;
border:1.5px dashed var(--ggui-color-outline);border-radius:var(--ggui-shape-radius-lg);color:var(--ggui-color-onSurfaceVariant)}
.ggui-drop-over{background:var(--ggui-color-info-50);border-color:var(--ggui-color-info-500)}
.ggui-list{list-style:none;margin:0;padding:0;display:flex;flex-direction:column}
.ggui-list>li{display:flex;align-items:center;gap:var(--ggui-spacing-3);padding:var(--ggui-spacing-3) 0;border-bottom:1px solid var(--ggui-color-outlineVariant)}
.ggui-list>li:last-child{border-bottom:0}
.ggui-list-body{flex:1;min-width:0;overflow-wrap:anywhere}
.ggui-unread{flex:none;width:8px;height:8px;border-radius:50%;background:var(--ggui-color-info-500)}
.ggui-read .ggui-unread{background:none}
@media (forced-colors:active){.ggui-unread{border:4px solid Highlight}}
`;

export interface UploadedFile {
  id?: string;
  name: string;
  /** Bytes. */
  size?: number;
  /** 0 to 100 while it is on its way. */
  progress?: number;
  error?: string;
}

export interface FileUploaderProps extends Omit<Styled, "children"> {
  files?: readonly UploadedFile[];
  onFilesSelected?: (files: File[]) => void;
  onFileRemove?: (id: string) => void;
  accept?: string;
  multiple?: boolean;
  /** Bytes of one file. */
  maxSize?: number;
  maxFiles?: number;
  disabled?: boolean;
  dragDrop?: boolean;
  label?: string;
}

/** Takes files: chosen, or dropped. What is too large or too many is said, not taken. */
export function FileUploader(props: FileUploaderProps): ReactNode {
  const { files = [], onFilesSelected, onFileRemove, accept, multiple = true, maxSize, maxFiles, disabled = false, dragDrop = true, label = WORDS.chooseFiles, className, ...rest } = props;
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const [problem, setProblem] = useState("");

  function take(given: FileList | null): void {
    const chosen = [...(given ?? [])].slice(0, multiple ? undefined : 1);
    const large = chosen.find((file) => maxSize !== undefined && file.size > maxSize);
    const isMany = maxFiles !== undefined && files.length + chosen.length > maxFiles;
    setProblem(large !== undefined ? WORDS.tooBig(large.name, bytesText(maxSize ?? 0)) : isMany ? WORDS.tooMany(maxFiles) : "");
    if (large === undefined && !isMany && chosen.length > 0) onFilesSelected?.(chosen);
    if (input.current !== null) input.current.value = "";
  }

  return (
    <div className={className} {...rest}>
      <div
        className={classes("ggui-drop", isOver && "ggui-drop-over")}
        onDragOver={(event) => {
          if (disabled || !dragDrop) return;
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          if (!disabled && dragDrop) take(event.dataTransfer.files);
        }}
      >
        {dragDrop && <span>{WORDS.dropFiles}</span>}
        <input ref={input} id={id} type="file" hidden accept={accept} multiple={multiple} disabled={disabled} aria-label={label} onChange={(event) => take(event.target.files)} />
        <Button variant="secondary" size="sm" disabled={disabled} aria-describedby={`${id}-problem`} onPress={() => input.current?.click()}>
          {label}
        </Button>
        <Text is="span" size="sm" tone="error" id={`${id}-problem`} role="alert">
          {problem}
        </Text>
      </div>
      {files.length > 0 && (
        <ul className="ggui-list">
          {files.map((file, index) => (
            <li key={file.id ?? index}>
              <div className="ggui-list-body">
                <div>{file.name}</div>
                <Text is="span" size="sm" tone={file.error === undefined ? "muted" : "error"}>
                  {file.error ?? (file.size === undefined ? "" : bytesText(file.size))}
                </Text>
                {file.progress !== undefined && file.progress < 100 && <Progress value={file.progress} size="sm" aria-label={file.name} />}
              </div>
              {onFileRemove !== undefined && <Close label={WORDS.removeItem(file.name)} onClose={() => onFileRemove(file.id ?? file.name)} />}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

export interface CenterNotification {
  id: string;
  title: ReactNode;
  message?: ReactNode;
  timestamp?: string | number | Date;
  read?: boolean;
  icon?: ReactNode;
}

export interface NotificationCenterProps extends Omit<Styled, "children"> {
  notifications: readonly CenterNotification[];
  onMarkAsRead?: (id: string) => void;
  onMarkAllAsRead?: () => void;
  onDismiss?: (id: string) => void;
  onClearAll?: () => void;
  emptyText?: ReactNode;
  loading?: boolean;
}

/** What happened, newest first as given; unread ones are marked. */
export function NotificationCenter(props: NotificationCenterProps): ReactNode {
  const { notifications, onMarkAsRead, onMarkAllAsRead, onDismiss, onClearAll, emptyText = WORDS.nothing, loading, className, ...rest } = props;
  const hasUnread = notifications.some((notice) => notice.read !== true);
  return (
    <section aria-label={WORDS.notifications} className={className} {...rest}>
      <Row justify="between">
        <Heading level={3}>{WORDS.notifications}</Heading>
        <Row gap="xs">
          {onMarkAllAsRead !== undefined && hasUnread && <Button size="sm" variant="ghost" onPress={onMarkAllAsRead}>{WORDS.markAllRead}</Button>}
          {onClearAll !== undefined && notifications.length > 0 && <Button size="sm" variant="ghost" onPress={onClearAll}>{WORDS.clearAll}</Button>}
        </Row>
      </Row>
      {loading === true ? (
        <Skeleton height={48} />
      ) : notifications.length === 0 ? (
        <EmptyState title={emptyText} />
      ) : (
        <ul className="ggui-list">
          {notifications.map((notice) => {
            const name = typeof notice.title === "string" ? notice.title : notice.id;
            return (
              <li key={notice.id} className={notice.read === true ? "ggui-read" : undefined}>
                <span className="ggui-unread" />
                {notice.icon}
                <div className="ggui-list-body">
                  <div style={{ fontWeight: notice.read === true ? undefined : "var(--ggui-font-weight-medium)" }}>
                    {notice.title}
                    {notice.read !== true && <span className="ggui-sr"> ({WORDS.unread})</span>}
                  </div>
                  {notice.message !== undefined && <Text size="sm" tone="muted">{notice.message}</Text>}
                  {notice.timestamp !== undefined && <Text is="span" size="xs" tone="muted">{momentText(notice.timestamp)}</Text>}
                </div>
                {onMarkAsRead !== undefined && notice.read !== true && (
                  <Button size="xs" variant="ghost" aria-label={`${WORDS.markRead}: ${name}`} onPress={() => onMarkAsRead(notice.id)}>
                    {WORDS.markRead}
                  </Button>
                )}
                {onDismiss !== undefined && <Close label={`${WORDS.dismiss}: ${name}`} onClose={() => onDismiss(notice.id)} />}
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}
