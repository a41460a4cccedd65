// What happens to a call to the number: its flow, and what it may become.
import { useState } from 'preact/hooks';
import { api } from '../../../api/client';
import { may } from '../../../entry/signed';
import { t } from '../../../i18n/words';
import { Badge, Banner, Button, Card, Empty, Icon, Link, Refusal } from '../../../parts/basic';
import { Menu, confirm, toast } from '../../../parts/over';
import { navigate } from '../../../parts/router';
import { useDoing } from '../doing';
import { act, type Held } from './ask';
import { ChooseFlow } from './chooseflow';
import { ConversionPending } from './convert';
import { LegacyCard } from './legacy';
import { Outline } from './outline';
import { SetupQuestion } from './setupquestion';

export function Distribution(held: Held) {
  const { number: n } = held;
  const [asking, setAsking] = useState(n.setup_question && may('numbers:write'));
  return (
    <div class="stack loose">
      <ConversionPending {...held} />
      {n.setup_question && (
        <>
          <Banner tone="warn" action={<Button small kind="primary" onClick={() => setAsking(true)} why={may('numbers:write') ? undefined : t('numbers.may_not')}>{t('numbers.setup_question.open')}</Button>}>
            <p class="strong">{t('numbers.setup_question.waiting')}</p>
            <p>{t('numbers.setup_question.until_then')}</p>
          </Banner>
          {asking && <SetupQuestion {...held} onClose={() => setAsking(false)} />}
        </>
      )}
      {n.waits_for_user && <Banner tone="bad" action={<Link class="btn small" to={`/dashboard/numbers/${n.id}/people`}>{t('numbers.waits.choose')}</Link>}><p class="strong">{t('numbers.waits.title')}</p><p>{t('numbers.waits.text')}</p></Banner>}
      {n.legacy && <LegacyCard {...held} />}
      {!n.legacy && !n.setup_question && <FlowCard {...held} />}
      {n.kind === 'direct' && <Reconfigure {...held} />}
    </div>
  );
}

/** The flow that callers follow, and the ways to another one. */
function FlowCard(held: Held) {
  const { number: n } = held;
  const [choosing, setChoosing] = useState<'' | 'choose' | 'duplicate' | 'create'>('');
  const edit = n.conversion?.flow_id ?? n.flow?.id;
  const mine = may('numbers:write') && may('flows:write') ? undefined : t('numbers.may_not');
  const only = n.restricted ? t('numbers.direct.own_flow') : n.conversion ? t('numbers.direct.publish_first') : mine;
  return (
    <Card title={t('numbers.flow.card')} actions={n.flow && <>
      <Menu label={t('numbers.flow.another')} button={(p) => <Button {...p} why={only}>{t('numbers.flow.another')}<Icon name="down" size={16} /></Button>} items={[
        { label: t('numbers.flow.choose'), icon: 'list', onPick: () => setChoosing('choose') },
        { label: t('numbers.flow.duplicate'), icon: 'copy', onPick: () => setChoosing('duplicate'), why: n.flow_published ? undefined : t('numbers.flow.unpublished') },
        { label: t('numbers.flow.create'), icon: 'plus', onPick: () => setChoosing('create') },
      ]} />
      {edit && <Link class="btn primary" to={`/dashboard/flows/${edit}`}>{t('numbers.flow.edit')}</Link>}
    </>}>
      {!n.flow ? (
        <Empty icon="flow" title={t('numbers.flow.none')} action={<span class="row wrap"><Button kind="primary" icon="plus" onClick={() => setChoosing('create')} why={mine}>{t('numbers.flow.create')}</Button><Button onClick={() => setChoosing('choose')} why={mine}>{t('numbers.flow.choose')}</Button></span>}>{t('numbers.flow.none_text')}</Empty>
      ) : (
        <>
          <p class="row wrap"><strong class="cut office-name" title={n.flow.name}>{n.flow.name === n.e164 ? t('numbers.flow.of', { number: n.display }) : n.flow.name}</strong>{n.flow_published ? <Badge tone="good" icon="check">{t('numbers.flow.live')}</Badge> : <Badge tone="warn" icon="warning">{t('numbers.flow.not_live')}</Badge>}</p>
          {!n.flow_published && <p class="soft">{t('numbers.flow.not_live_text')}</p>}
          {n.restricted && <Restricted flow={n.flow.id} />}
          <Outline number={n} />
        </>
      )}
      {choosing && <ChooseFlow {...held} how={choosing} onClose={() => setChoosing('')} />}
    </Card>
  );
}

/** What the flow of a direct number cannot have, and why (SPEC D7, D19). */
function Restricted({ flow }: { flow: string }) {
  return (
    <Banner tone="info" action={<Link class="btn small" to={`/dashboard/flows/${flow}`}>{t('numbers.flow.edit')}</Link>}>
      <p class="strong">{t('numbers.direct.restricted')}</p>
      <p>{t('numbers.direct.restricted_text')}</p>
    </Banner>
  );
}

/** The only way back from a direct number (SPEC D8). */
function Reconfigure({ number: n, etag }: Held) {
  const doing = useDoing();
  const why = !may('numbers:write') ? t('numbers.may_not') : n.esim && n.esim.state !== 'terminated' ? t('numbers.reconfigure.esim') : undefined;
  const go = async () => {
    if (!(await confirm(t('numbers.reconfigure.title', { number: n.display }), <div class="stack"><p>{t('numbers.reconfigure.confirm')}</p></div>, t('numbers.reconfigure.go')))) return;
    if (await doing.run('reconfigure', () => act(n.id, () => api.post('/api/v1/numbers/{id}/reconfigure', { path: { id: n.id }, ifMatch: etag })))) {
      toast(t('numbers.reconfigure.done', { number: n.display }), 'good');
      navigate(`/dashboard/numbers/${n.id}/distribution`, 'replace');
    }
  };
  return (
    <Card title={t('numbers.reconfigure.card')}>
      <p class="soft">{t('numbers.reconfigure.text')}</p>
      {doing.problem && <Refusal problem={doing.problem} />}
      {why && <p class="row small soft">{why}</p>}
      <div class="row"><Button icon="refresh" onClick={() => void go()} busy={doing.busy !== ''} why={why}>{t('numbers.reconfigure.button')}</Button></div>
    </Card>
  );
}
