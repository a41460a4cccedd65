// Writing an SMS: with its encoding and its segments, as the network will count them (SPEC L22).
import { useEffect, useRef, useState } from 'preact/hooks';
import { api, Problem, type Schemas } from '../api/client';
import { t } from '../i18n/words';
import { Button } from '../parts/basic';
import { AreaField } from '../parts/fields';
import { wordsOf } from './act';
import type { Message } from './state';

const drafts = new Map<string, string>(); // what was typed and not sent, by conversation

type Preview = Schemas['PreviewObject'];

/** What the server counts of a text that rests. */
function usePreview(body: string): Preview | null {
  const [found, setFound] = useState<{ body: string; preview: Preview } | null>(null);
  useEffect(() => {
    if (!body) return setFound(null);
    const stop = new AbortController();
    const wait = setTimeout(() => {
      api.post('/api/v1/messages/preview', { body: { body }, signal: stop.signal }).then((preview) => setFound({ body, preview }), () => undefined);
    }, 200);
    return () => { stop.abort(); clearTimeout(wait); };
  }, [body]);
  return body ? found?.preview ?? null : null;
}

export function Composer({ to, from, draftOf, onSent, why }: { to: string; from: string | undefined; draftOf: string; onSent: (m: Message) => void; why?: string | undefined }) {
  const [body, setBody] = useState(drafts.get(draftOf) ?? '');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const key = useRef(crypto.randomUUID());
  const preview = usePreview(body);
  const type = (v: string) => { drafts.set(draftOf, v); setBody(v); setError(undefined); };
  const send = async () => {
    if (!body.trim() || busy || why) return;
    setBusy(true);
    try {
      const m = await api.post('/api/v1/messages', { body: { to, body, channel: 'workspace', ...(from ? { from } : {}) }, idempotencyKey: key.current });
      key.current = crypto.randomUUID();
      drafts.delete(draftOf);
      setBody('');
      onSent(m);
    } catch (e) {
      setError(wordsOf(e));
      if (!(e instanceof Problem) || e.status !== 0) key.current = crypto.randomUUID(); // one that got no answer may have been sent: the same key sends it once
    }
    setBusy(false);
  };
  const special = preview?.ucs2_characters ?? [];
  return (
    <form class="composer" onSubmit={(e) => { e.preventDefault(); void send(); }}>
      <AreaField label={t('workspace.sms.write')} hideLabel rows={2} maxLength={preview?.most_characters ?? 1600} value={body} onValue={type} error={error} placeholder={t('workspace.sms.placeholder')}
        onKeyDown={(e) => { if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) { e.preventDefault(); void send(); } }} />
      <div class="row between">
        <p class="small soft" aria-live="polite">
          {preview && <>{preview.encoding === 'gsm7' ? t('workspace.sms.gsm7') : t('workspace.sms.ucs2')} · {t('workspace.sms.segments', { n: preview.segments })} · {t('workspace.sms.left', { n: preview.units_left })}</>}
          {special.length > 0 && <span title={t('workspace.sms.why_ucs2')}> · {special.slice(0, 6).join(' ')}</span>}
        </p>
        <Button kind="primary" icon="send" type="submit" busy={busy} why={why ?? (body.trim() ? undefined : t('workspace.sms.why_empty'))}>{t('workspace.sms.send')}</Button>
      </div>
    </form>
  );
}
