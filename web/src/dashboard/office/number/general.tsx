// A number at a glance, its name, and the way out.
import { useState } from 'preact/hooks';
import { api } from '../../../api/client';
import { may } from '../../../entry/signed';
import { t } from '../../../i18n/words';
import { Button, Card, Copy, Facts, Link, Refusal } from '../../../parts/basic';
import { TextField } from '../../../parts/fields';
import { confirm, toast } from '../../../parts/over';
import { navigate } from '../../../parts/router';
import { ESIMBadge, KindBadge } from '../badges';
import { useDoing } from '../doing';
import { ringsWhom } from '../numbers';
import { act, type Held } from './ask';

export function General({ number: n, etag }: Held) {
  const [name, setName] = useState(n.name);
  const doing = useDoing();
  const mine = may('numbers:write') ? undefined : t('numbers.may_not');
  const to = (tab: string) => `/dashboard/numbers/${n.id}/${tab}`;
  const remove = async () => {
    if (!(await confirm(t('numbers.delete.title', { number: n.display }), <p>{t('numbers.delete.text')}</p>, t('core.delete')))) return;
    if (await doing.run('delete', () => api.delete('/api/v1/numbers/{id}', { path: { id: n.id }, ifMatch: etag }))) {
      toast(t('numbers.delete.done', { number: n.display }), 'good');
      navigate('/dashboard/numbers', 'replace');
    }
  };
  return (
    <div class="office-two">
      <Card title={t('numbers.general.about')}>
        <Facts facts={[
          [t('numbers.list.number'), <span class="row wrap"><span class="num">{n.e164}</span><Copy text={n.e164} label={t('numbers.copy')} /></span>],
          [t('numbers.list.kind'), <KindBadge kind={n.kind} />],
          [t('numbers.general.means'), t(`numbers.means.${n.kind}`)],
          [t('numbers.list.rings'), <Link to={to('people')}>{ringsWhom(n) || t('numbers.list.nobody')}</Link>],
          [t('numbers.list.flow'), <Link to={to('distribution')}>{n.flow?.name ?? t('numbers.list.no_flow')}</Link>],
          [t('numbers.general.esim'), n.esim ? <Link to={to('integrations')}><ESIMBadge state={n.esim.state} /></Link> : null],
        ]} />
      </Card>
      <div class="stack loose">
        <Card title={t('numbers.general.name')}>
          <form class="stack" onSubmit={(e) => { e.preventDefault(); void doing.run('name', () => act(n.id, () => api.patch('/api/v1/numbers/{id}', { path: { id: n.id }, body: { name }, ifMatch: etag })), ''); }}>
            <TextField label={t('numbers.add.name')} hint={t('numbers.add.name_hint')} value={name} maxLength={200} onValue={setName} error={doing.problem?.about('name')} />
            {doing.problem && !doing.problem.about('name') && <Refusal problem={doing.problem} />}
            <div class="row"><Button kind="primary" type="submit" busy={doing.busy === 'name'} why={mine ?? (name === n.name ? t('numbers.nothing_changed') : undefined)}>{t('core.save')}</Button></div>
          </form>
        </Card>
        <Card title={t('numbers.delete.card')}>
          <p class="soft">{t('numbers.delete.hint')}</p>
          <div class="row"><Button icon="trash" onClick={() => void remove()} busy={doing.busy === 'delete'} why={mine ?? (n.esim ? t('numbers.delete.esim') : undefined)}>{t('numbers.delete.button')}</Button></div>
        </Card>
      </div>
    </div>
  );
}
