// The published flow of a number as a list to read; the editor is elsewhere.
import { api } from '../../../api/client';
import { useQuery } from '../../../api/query';
import { t } from '../../../i18n/words';
import { Icon, Refusal, Spinner } from '../../../parts/basic';
import type { IconName } from '../../../parts/icons';
import type { NumberObject } from './ask';
import { titleOf } from './convert';

const looks: Record<string, IconName> = {
  ring_to: 'phone', redirect: 'redirect', ring_to_api: 'code', audio_message: 'volume', ivr: 'keypad', input: 'hash', time_rule: 'clock', date_rule: 'calendar', caller_rule: 'filter',
  split: 'flow', waiting_experience: 'music', voicemail: 'voicemail', send_sms: 'chat', set: 'tag', hangup: 'hangup',
};

export function Outline({ number: n }: { number: NumberObject }) {
  const id = n.flow?.id ?? '';
  const asked = useQuery(`outline:${id}`, (signal) => api.get('/api/v1/flows/{id}/outline', { path: { id }, signal }), ['flow.published', 'flow.updated']);
  const lines = (asked.data?.data ?? []).filter((l) => l.node);
  if (asked.problem) return asked.problem.status === 404 ? null : <Refusal problem={asked.problem} retry={asked.refresh} />;
  if (!asked.data) return <Spinner />;
  return (
    <ol class="plain office-outline" aria-label={t('numbers.flow.outline')}>
      {lines.slice(0, 60).map((l, i) => (
        <li key={i} style={{ '--depth': l.depth }} class={`${l.faded ? 'faded' : ''} ${l.again ? 'again' : ''}`}>
          {l.label && <span class="office-branch cut" title={l.label}>{l.label}</span>}
          <span class="office-node"><Icon name={looks[l.type ?? ''] ?? 'flow'} size={16} /><span class="cut" title={l.title}>{titleOf({ type: l.type ?? '', ...(l.title ? { title: l.title } : {}) })}</span></span>
          {l.again && <span class="soft small">{t('numbers.flow.again')}</span>}
        </li>
      ))}
      {lines.length > 60 && <li class="soft">{t('numbers.convert.and_more', { n: lines.length - 60 })}</li>}
    </ol>
  );
}
