// Working hours: when "automatic" makes one available (SPEC A1).
import { api } from '../../api/client';
import { useQuery } from '../../api/query';
import { language, t } from '../../i18n/words';
import { Card, Empty, Refusal, Spinner } from '../../parts/basic';
import { Segments } from '../../parts/fields';
import { attempt } from '../act';
import { statusOf } from '../show';
import { useMe, useStatus } from '../state';

const week = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

export function Hours() {
  const me = useMe();
  const status = useStatus();
  const all = useQuery('working-hours', (signal) => api.get('/api/v1/working-hours', { query: { limit: 200 }, signal }), ['working_hours.*']);
  if (!me.data || !all.data) return me.problem || all.problem ? <Refusal problem={me.problem ?? all.problem} retry={() => { me.refresh(); all.refresh(); }} /> : <Spinner />;
  const mine = (all.data.data ?? []).find((h) => h.id === me.data!.working_hours_id);
  const now = status.data;
  const set = (v: string) => void attempt(async () => {
    await api.put('/api/v1/me/availability', { body: { availability: v as 'available' | 'auto' } });
    status.refresh();
  });
  return (
    <>
      <Card title={t('workspace.hours.now')}>
        <p>{statusOf(now)}</p>
        <Segments label={t('workspace.status.menu')} value={now?.availability ?? ''} onValue={set} choices={[{ value: 'available', label: t('workspace.status.available') }, { value: 'auto', label: t('workspace.status.auto') }]} />
        <p class="hint">{t('workspace.hours.auto_hint')}</p>
      </Card>
      <Card title={mine ? mine.name : t('workspace.settings.hours')}>
        {!mine ? <Empty icon="clock" title={t('workspace.hours.none')}>{t('workspace.hours.none_hint')}</Empty> : (
          <>
            <dl class="week">
              {week.map((d, i) => {
                const slots = (mine.slots ?? []).filter((s) => (s.days ?? []).includes(d));
                return <div key={d}><dt>{new Intl.DateTimeFormat(language.value, { weekday: 'long' }).format(new Date(2024, 0, 1 + i))}</dt><dd class="num">{slots.length ? slots.map((s) => `${s.from} – ${s.to}`).join(', ') : <span class="soft">{t('workspace.hours.closed')}</span>}</dd></div>;
              })}
            </dl>
            <p class="hint">{t('workspace.hours.zone', { zone: (mine.timezone || me.data.timezone || me.data.account?.timezone || 'UTC').replaceAll('_', ' ') })}</p>
          </>
        )}
      </Card>
    </>
  );
}
