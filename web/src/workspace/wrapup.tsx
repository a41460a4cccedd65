// After a call: a moment for tags and a note, and no call rings (SPEC A6, A7).
import { useEffect, useState } from 'preact/hooks';
import { api } from '../api/client';
import { refresh, useQuery } from '../api/query';
import { clock, t } from '../i18n/words';
import { Button } from '../parts/basic';
import { attempt } from './act';
import { CallNotes } from './notes';
import { otherSide } from './show';
import { myID, useCall } from './state';

/** Seconds left, each second. */
function useLeft(until: number | null): number | null {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const i = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(i);
  }, []);
  return until === null ? null : Math.max(0, Math.ceil((until - now) / 1000));
}

export function WrapUp({ until, mustTag }: { until: number | null; mustTag: string[] }) {
  const left = useLeft(until);
  const [busy, setBusy] = useState(false);
  const last = useQuery('my-last-call', (signal) => api.get('/api/v1/calls', { query: { user_id: myID(), limit: 1 }, signal }), ['call.hungup', 'call.ended']).data?.data?.[0];
  const id = mustTag[0] ?? last?.id;
  const done = async () => {
    setBusy(true);
    await attempt(() => api.post('/api/v1/me/wrap-up/end'));
    refresh('status');
    setBusy(false);
  };
  return (
    <section class="wrap-up stack" aria-label={t('workspace.wrap.title')}>
      <header class="who">
        <p class="soft">{t('workspace.wrap.title')}</p>
        {left !== null && <p class="countdown num" role="timer" aria-label={t('workspace.wrap.left', { n: left })}>{clock(left)}</p>}
        <p class="soft small">{t('workspace.wrap.text')}</p>
      </header>
      {id && <About id={id} must={mustTag.includes(id)} />}
      <Button kind="primary" icon="check" class="call-button" busy={busy} onClick={() => void done()}>{t('workspace.wrap.done')}</Button>
    </section>
  );
}

function About({ id, must }: { id: string; must: boolean }) {
  const call = useCall(id).data;
  if (!call) return null;
  return <><p class="strong cut" title={otherSide(call).name}>{otherSide(call).name}</p><CallNotes call={call} must={must && (call.tags ?? []).length === 0} /></>;
}
