// What was used of the data of an eSIM, and adding to it.
import { useState } from 'preact/hooks';
import { api } from '../../../api/client';
import { useQuery } from '../../../api/query';
import { may } from '../../../entry/signed';
import { language, t, when } from '../../../i18n/words';
import { Badge, Button, Card, Empty, Refusal, Spinner } from '../../../parts/basic';
import { TextField } from '../../../parts/fields';
import { FormDialog } from '../../../parts/over';
import { useDoing } from '../doing';
import { act, type NumberObject } from './ask';
import { bytes } from './steps';

export function Usage({ number: n }: { number: NumberObject }) {
  const [adding, setAdding] = useState(false);
  const asked = useQuery(`number:${n.id}:usage`, (signal) => api.get('/api/v1/numbers/{id}/usage', { path: { id: n.id }, signal }), ['usage.*', 'esim.*']);
  const u = asked.data;
  if (!u) return asked.problem ? (asked.problem.status === 404 || asked.problem.status === 422 ? null : <Refusal problem={asked.problem} retry={asked.refresh} />) : <Spinner />;
  const show = (b: number) => bytes(b, language.value);
  const share = u.quota_bytes > 0 ? Math.min(1, u.used_bytes / u.quota_bytes) : 0;
  if (u.quota_bytes === 0) return <Card title={t('numbers.usage.card')}><Empty icon="chart" title={t('numbers.usage.none')}>{t('numbers.usage.none_text')}</Empty></Card>;
  return (
    <Card title={t('numbers.usage.card')} actions={<><Button small icon="refresh" onClick={asked.refresh}>{t('numbers.usage.refresh')}</Button><Button small icon="plus" onClick={() => setAdding(true)} why={may('numbers:write') ? undefined : t('numbers.may_not')}>{t('numbers.usage.top_up')}</Button></>}>
      <div class="stack tight">
        <p class="row between wrap"><span><strong class="office-figure num">{show(u.used_bytes)}</strong> <span class="soft">{t('numbers.usage.of', { quota: show(u.quota_bytes) })}</span></span><span class="soft">{t('numbers.usage.left', { left: show(u.left_bytes) })}</span></p>
        <div class={`office-meter ${share >= 1 ? 'full' : share >= 0.8 ? 'near' : ''}`} role="meter" aria-label={t('numbers.usage.card')} aria-valuemin={0} aria-valuemax={u.quota_bytes} aria-valuenow={Math.min(u.used_bytes, u.quota_bytes)} aria-valuetext={t('numbers.usage.of', { quota: show(u.quota_bytes) })}><i style={{ width: `${Math.max(share * 100, share > 0 ? 1 : 0)}%` }} /></div>
        <p class="soft small">{u.topped_up_bytes > 0 && `${t('numbers.usage.topped_up', { size: show(u.topped_up_bytes) })} `}{u.cycle.ends_at && t('numbers.usage.resets', { at: when(u.cycle.ends_at, 'date') })}</p>
      </div>
      <Days days={u.days ?? []} />
      {(u.sessions ?? []).length > 0 && <div class="row wrap">{u.sessions!.map((s, i) => <Badge key={i} tone="info" icon="globe">{t(s.far_away ? 'numbers.usage.session_away' : 'numbers.usage.session', { at: when(s.started_at, 'time'), size: show(s.used_bytes) })}</Badge>)}</div>}
      {adding && <TopUp id={n.id} onClose={() => setAdding(false)} />}
    </Card>
  );
}

/** A bar a day, and the same as a table for those who do not see it. */
function Days({ days }: { days: { day: string; used_bytes: number }[] }) {
  if (days.length < 2) return null;
  const most = Math.max(...days.map((d) => d.used_bytes), 1);
  const shown = days.slice(-31);
  return (
    <figure class="office-days">
      <svg viewBox={`0 0 ${shown.length * 12} 64`} preserveAspectRatio="none" aria-hidden="true">
        {shown.map((d, i) => <rect key={d.day} x={i * 12 + 2} width={8} y={64 - (d.used_bytes / most) * 60} height={(d.used_bytes / most) * 60} rx={2}><title>{`${d.day} ${bytes(d.used_bytes, language.value)}`}</title></rect>)}
      </svg>
      <details><summary>{t('numbers.usage.as_table')}</summary>
        <table><thead><tr><th scope="col">{t('numbers.usage.day')}</th><th scope="col" class="n">{t('numbers.usage.used')}</th></tr></thead><tbody>{shown.map((d) => <tr key={d.day}><td>{when(`${d.day}T12:00:00`, 'date')}</td><td class="n num">{bytes(d.used_bytes, language.value)}</td></tr>)}</tbody></table>
      </details>
    </figure>
  );
}

function TopUp({ id, onClose }: { id: string; onClose: () => void }) {
  const [gb, setGB] = useState('5');
  const doing = useDoing();
  const n = Number(gb);
  const go = async () => {
    if (await doing.run('top-up', () => act(id, () => api.post('/api/v1/numbers/{id}/usage/top-ups', { path: { id }, body: { gigabytes: n } })), t('numbers.usage.topped', { n }))) onClose();
  };
  return (
    <FormDialog title={t('numbers.usage.top_up')} onClose={onClose} onSubmit={go} submit={t('numbers.usage.top_up_go')} busy={doing.busy !== ''} why={Number.isInteger(n) && n > 0 ? undefined : t('numbers.usage.whole')}>
      <p class="soft">{t('numbers.usage.top_up_text')}</p>
      <TextField label={t('numbers.usage.gigabytes')} type="number" min={1} max={1000} step={1} autofocus value={gb} onValue={setGB} error={doing.problem?.about('gigabytes')} />
      {doing.problem && !doing.problem.about('gigabytes') && <Refusal problem={doing.problem} />}
    </FormDialog>
  );
}
