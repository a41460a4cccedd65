// Calls in a list, one a line.
import { ago, clock, t } from '../i18n/words';
import { Badge, Icon, IconButton, Link } from '../parts/basic';
import { callNumber } from './act';
import { arrowOf, missedWords, otherSide, outcomeOf } from './show';
import { LongRows } from '../parts/lists';
import type { CallEntry } from './state';

/** Lines that lead to the call, with a button that calls back. */
export function CallRows({ calls, at, base = '/calls', open = false }: { calls: CallEntry[]; at?: string | undefined; base?: string; /** There are more than have been read. */ open?: boolean }) {
  return (
    <ul class="plain rows">
      <LongRows rows={calls} open={open} row={(c) => {
        const side = otherSide(c), arrow = arrowOf(c), outcome = outcomeOf(c);
        const live = c.status !== 'ended';
        const detail = [c.number?.name, side.display !== side.name ? side.display : '', c.missed_reason ? missedWords(c.missed_reason) : '', c.user?.name].filter(Boolean).join(' · ');
        return (
          <li key={c.id} class={`row line ${at === c.id ? 'on' : ''}`}>
            <span class={`arrow ${outcome.tone}`} title={arrow.label}><Icon name={arrow.icon} /><span class="sr">{arrow.label}</span></span>
            <div class="grow stack tight">
              <Link to={`${base}/${c.id}`} class="lead cut" current={at === c.id} title={side.name}>{side.name}</Link>
              <span class="small soft cut" title={detail}>{detail || arrow.label}</span>
            </div>
            <div class="stack tight ends">
              <span class="small soft">{ago(c.started_at)}</span>
              {live ? <Badge tone="brand">{outcome.text}</Badge> : c.talk_seconds > 0 ? <span class="small num soft">{clock(c.talk_seconds)}</span> : <Badge tone={outcome.tone}>{outcome.text}</Badge>}
            </div>
            {side.number && !live && <IconButton icon="phone" small label={t('workspace.call.call_to', { name: side.name })} onClick={() => callNumber(side.number, { name: side.name })} />}
          </li>
        );
      }} />
    </ul>
  );
}
