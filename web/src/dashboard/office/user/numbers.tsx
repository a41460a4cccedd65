// The numbers of a user, and the one that they show when they call (SPEC O1, O2).
import { may } from '../../../entry/signed';
import { t } from '../../../i18n/words';
import { Badge, Button, Card, Empty, Link, Refusal } from '../../../parts/basic';
import { KindBadge } from '../badges';
import { useDoing } from '../doing';
import { patchUser, type Held } from './ask';

export function UserNumbers(held: Held) {
  const { user: u } = held;
  const doing = useDoing();
  const rights = may('users:write') ? undefined : t('numbers.may_not');
  const all = u.numbers ?? [];
  return (
    <Card title={t('numbers.user.tab_numbers')}>
      <p class="soft">{t('numbers.user.numbers_text')}</p>
      {doing.problem && <Refusal problem={doing.problem} />}
      {all.length === 0 ? <Empty icon="hash" title={t('numbers.user.no_numbers')} action={<Link class="btn" to="/dashboard/numbers">{t('numbers.list.title')}</Link>}>{t('numbers.user.no_numbers_text')}</Empty> : (
        <ul class="plain office-list">
          {all.map((n) => (
            <li key={n.id} class="row wrap">
              <Link to={`/dashboard/numbers/${n.id}`} class="lead-link num">{n.number_display}</Link>
              <span class="soft cut grow" title={n.name}>{n.name}</span>
              <KindBadge kind={n.kind as never} />
              {n.default ? <Badge tone="good" icon="star">{t('numbers.user.default')}</Badge> : <Button small busy={doing.busy === n.id} onClick={() => void doing.run(n.id, () => patchUser(held, { caller_id: n.number }), '')} why={rights}>{t('numbers.user.make_default')}</Button>}
            </li>
          ))}
        </ul>
      )}
      {!all.some((n) => n.default) && all.length > 0 && <p class="hint">{t('numbers.user.no_default')}</p>}
      {u.caller_id && all.some((n) => n.default) && <div class="row"><Button small kind="quiet" onClick={() => void doing.run('none', () => patchUser(held, { caller_id: null }), '')} why={rights}>{t('numbers.user.drop_default')}</Button></div>}
    </Card>
  );
}
