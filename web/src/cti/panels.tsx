// The panels of the phone at rest: recent calls, after a call.
import { useEffect, useState } from 'preact/hooks';
import { api, Problem, type Schemas } from '../api/client';
import { ago, t, tMaybe } from '../i18n/words';
import { Banner, Button, Empty, Icon, IconButton, Timer } from '../parts/basic';
import { LongRows, More, usePages } from '../parts/lists';
import { finish } from './calls';
import { Notes, Tags } from './pieces';
import { dialler, draft, last, panel } from './state';

const why = (e: unknown) => (e instanceof Problem ? e.detail || e.title : tMaybe(`cti.error.${(e as { code?: string }).code}`, t('cti.error.any')));

type Entry = Schemas['CallEntry'];

function Row({ call }: { call: Entry }) {
  const inbound = call.direction !== 'outbound';
  const missed = inbound && call.outcome !== null && call.outcome !== 'answered';
  const peer = inbound ? call.from : call.to;
  const name = call.contact?.name || (call.anonymous ? t('cti.call.hidden') : inbound ? call.from_display : call.to_display);
  return (
    <li class={`cti-row ${missed ? 'missed' : ''}`}>
      <Icon name={missed ? 'missed' : inbound ? 'in' : 'out'} />
      <div class="grow stack tight"><span class="cut strong" title={name}>{name}</span>
        <span class="small soft cut">{missed ? `${t('cti.recent.missed')} · ` : ''}{ago(call.started_at)}{call.number ? ` · ${call.number.name}` : ''}</span></div>
      {peer && !call.anonymous && <>
        <IconButton icon="chat" small label={t('cti.recent.write', { name })} onClick={() => { draft.value = { to: peer, body: '' }; panel.value = 'messages'; }} />
        <IconButton icon="phone" small label={t('cti.recent.call', { name })} onClick={() => { dialler.value = { number: peer, by: 'hand' }; panel.value = 'keypad'; }} />
      </>}
    </li>
  );
}

/** The last calls. */
export function Recent() {
  const pages = usePages<Entry>('cti-recent', async (cursor, signal) => {
    const p = await api.get('/api/v1/calls', { query: { limit: 25, ...(cursor ? { cursor } : {}) }, signal });
    return { data: p.data ?? [], next_cursor: p.next_cursor };
  }, ['call.ended', 'contact.*']);
  if (!pages.loading && !pages.problem && pages.rows.length === 0) return <Empty icon="history" title={t('cti.recent.none')}>{t('cti.recent.none_text')}</Empty>;
  return <div class="cti-scroll"><ul class="plain" aria-label={t('cti.recent.title')}><LongRows rows={pages.rows} open={pages.more !== null} row={(c) => <Row key={c.id} call={c} />} /></ul><More pages={pages} /></div>;
}

/** What is left to do after a call: a note, tags, done. */
export function After({ desk }: { desk: Schemas['AvailabilityObject'] | null }) {
  const call = last.value;
  const [problem, setProblem] = useState('');
  const wraps = desk?.status === 'after_call_work';
  const ends = desk?.wrap_up?.ends_at ? new Date(desk.wrap_up.ends_at).getTime() : null;
  const [left, setLeft] = useState<number | null>(null);
  const [wrapped, setWrapped] = useState(false);
  useEffect(() => {
    const look = () => setLeft(ends === null ? null : Math.max(0, Math.ceil((ends - Date.now()) / 1000)));
    look();
    const i = setInterval(look, 500);
    return () => clearInterval(i);
  }, [ends]);
  useEffect(() => {
    if (wraps) setWrapped(true);
    else if (wrapped) void finish(); // its time is over
  }, [wraps]);
  if (!call) return null;
  const done = () => (wraps ? api.post('/api/v1/me/wrap-up/end') : Promise.resolve()).then(() => finish(), (e: unknown) => setProblem(why(e)));
  const must = desk?.wrap_up?.must_tag?.includes(call.callID ?? '');
  return (
    <section class="cti-after" aria-label={t('cti.after.title')}>
      <header class="stack tight"><h2>{t('cti.after.title')}</h2><p class="soft cut">{call.name || call.number || t('cti.call.hidden')}</p></header>
      {wraps && <p class="row" role="status"><Icon name="clock" /> {left !== null ? t('cti.after.left', { n: left }) : t('cti.after.waits')}</p>}
      {must && <Banner tone="warn">{t('cti.after.must_tag')}</Banner>}
      {problem && <Banner tone="bad">{problem}</Banner>}
      <div class="stack"><h3>{t('cti.call.note')}</h3><Notes callID={call.callID} /></div>
      <div class="stack"><h3>{t('cti.call.tags')}</h3><Tags callID={call.callID} /></div>
      <Button kind="primary" icon="check" onClick={() => void done()}>{t('cti.after.done')}</Button>
      {!wraps && <p class="soft small">{t('cti.after.ago')} <Timer since={call.endedAt} /></p>}
    </section>
  );
}
