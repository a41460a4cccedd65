// What happened in a call, in the server's words, on a line.
import { api, type Schemas } from '../../api/client';
import { useQuery } from '../../api/query';
import { t, when } from '../../i18n/words';
import { Icon, Refusal, Spinner } from '../../parts/basic';
import type { IconName } from '../../parts/icons';

type Item = Schemas['TimelineItem'];

const marks: Record<string, { icon: IconName; tone: string }> = {
  started: { icon: 'phone', tone: '' }, opened: { icon: 'check', tone: 'good' }, flow_entered: { icon: 'flow', tone: '' }, node_entered: { icon: 'right', tone: 'faint' },
  queued: { icon: 'clock', tone: 'warn' }, queue_left: { icon: 'clock', tone: 'faint' }, user_ringing: { icon: 'bell', tone: 'brand' }, user_skipped: { icon: 'redirect', tone: 'faint' }, user_done: { icon: 'missed', tone: 'bad' },
  answered: { icon: 'check', tone: 'good' }, hungup: { icon: 'hangup', tone: '' }, hold: { icon: 'pause', tone: 'warn' }, unhold: { icon: 'play', tone: 'good' }, joined: { icon: 'people', tone: 'good' },
  ivr_option_selected: { icon: 'keypad', tone: 'brand' }, ivr_no_key: { icon: 'keypad', tone: 'warn' }, ivr_wrong_key: { icon: 'keypad', tone: 'warn' }, dtmf: { icon: 'keypad', tone: 'faint' }, extension_dialed: { icon: 'keypad', tone: 'brand' }, extension_refused: { icon: 'keypad', tone: 'warn' },
  transfer_started: { icon: 'transfer', tone: '' }, transferred: { icon: 'transfer', tone: 'good' }, redirected: { icon: 'transfer', tone: '' }, unsuccessful_transfer: { icon: 'transfer', tone: 'bad' }, redirect_failed: { icon: 'transfer', tone: 'bad' },
  tagged: { icon: 'tag', tone: 'faint' }, untagged: { icon: 'tag', tone: 'faint' }, commented: { icon: 'note', tone: 'faint' }, assigned: { icon: 'user', tone: 'faint' }, archived: { icon: 'check', tone: 'faint' },
  voicemail: { icon: 'voicemail', tone: '' }, voicemail_left: { icon: 'voicemail', tone: 'brand' }, sms_sent: { icon: 'chat', tone: '' }, sms_not_sent: { icon: 'chat', tone: 'bad' }, number_unconfigured: { icon: 'warning', tone: 'bad' }, sound_missing: { icon: 'warning', tone: 'bad' },
  handset: { icon: 'mobile', tone: '' }, handset_asked: { icon: 'mobile', tone: '' }, handset_joined: { icon: 'mobile', tone: 'good' }, silent: { icon: 'warning', tone: 'warn' },
  one_way_audio: { icon: 'warning', tone: 'bad' }, no_audio: { icon: 'warning', tone: 'bad' }, audio_back: { icon: 'check', tone: 'good' }, quality_degraded: { icon: 'warning', tone: 'warn' }, quality_restored: { icon: 'check', tone: 'good' },
};

/** Minutes and seconds since the call began; hours where it lasted days of work after it. */
export function since(at: string, start: string): string {
  const s = (new Date(at).getTime() - new Date(start).getTime()) / 1000;
  if (s < 0 || s > 6 * 3600) return when(at);
  return `+${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, '0')}`;
}

export function Timeline({ id, start }: { id: string; start: string }) {
  const q = useQuery(`watch.call.${id}.timeline`, async (signal) => (await api.get('/api/v1/calls/{id}/timeline', { path: { id }, signal })).data ?? [], ['call.*'], id);
  if (q.problem && !q.data) return <Refusal problem={q.problem} retry={q.refresh} />;
  if (!q.data) return <Spinner />;
  if (q.data.length === 0) return <p class="soft">{t('dashboard.call.no_timeline')}</p>;
  return <ol class="plain story">{q.data.map((i) => <Line key={i.seq} item={i} start={start} />)}</ol>;
}

function Line({ item: i, start }: { item: Item; start: string }) {
  const mark = marks[i.type] ?? { icon: 'info' as IconName, tone: '' };
  return (
    <li class={mark.tone}>
      <span class="story-mark"><Icon name={mark.icon} size={15} /></span>
      <span class="grow wrap-any">{i.text}</span>
      <time class="small soft num" dateTime={i.at} title={when(i.at, 'exact')}>{since(i.at, start)}</time>
    </li>
  );
}
