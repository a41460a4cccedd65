// How messages of a number go: their way, the guard on how many, and who wants none.
import { useState } from 'preact/hooks';
import { api, type Schemas } from '../../../api/client';
import { useQuery } from '../../../api/query';
import { may } from '../../../entry/signed';
import { t, when } from '../../../i18n/words';
import { Banner, Button, Card, Empty, Facts, IconButton, Link, Refusal, Spinner } from '../../../parts/basic';
import { SelectField, TextField } from '../../../parts/fields';
import { More, Table, usePages } from '../../../parts/lists';
import { FormDialog, confirm, toast } from '../../../parts/over';
import { sayRefusal, useDoing } from '../doing';
import { act, type Held, type NumberObject } from './ask';

type Way = Schemas['NumberMessagingObject'];

export function Messaging({ number: n }: Held) {
  const asked = useQuery(`number:${n.id}:messaging`, async (signal) => {
    const { data, etag } = await api.versioned('get', '/api/v1/numbers/{id}/messaging', { path: { id: n.id }, signal });
    return { way: data, etag };
  }, ['number.updated', 'connector.*', 'message.sent']);
  if (!asked.data) return asked.problem ? <Refusal problem={asked.problem} retry={asked.refresh} /> : <Spinner />;
  return (
    <div class="stack loose">
      <div class="office-two">
        <WayCard key={JSON.stringify(asked.data.way.connector)} number={n} way={asked.data.way} etag={asked.data.etag} />
        <GuardCard key={JSON.stringify(asked.data.way.guard)} number={n} way={asked.data.way} etag={asked.data.etag} />
      </div>
      <OptOuts id={n.id} />
    </div>
  );
}

/** Writes the settings: what is not named stays as it is only if it is sent along. */
function putOf(way: Way, change: Schemas['NumberMessagingPut']): Schemas['NumberMessagingPut'] {
  return {
    ...(way.connector ? { connector_id: way.connector.id } : {}), ...(way.guard_is_set ? { guard: way.guard } : {}), ...(way.path && way.path !== 'in_path' ? { path: way.path } : {}), ...change,
  };
}

function WayCard({ number: n, way, etag }: { number: NumberObject; way: Way; etag: string | null }) {
  const [connector, setConnector] = useState(way.connector?.id ?? '');
  const [path, setPath] = useState<'in_path' | 'copy'>(way.path ?? 'in_path');
  const doing = useDoing();
  const connectors = useQuery('connectors-all', (signal) => api.get('/api/v1/connectors', { query: { limit: 200 }, signal }), ['connector.*']);
  const choices = (connectors.data?.data ?? []).filter((c) => c.role !== 'program').map((c) => ({ value: c.id, label: c.disabled ? t('numbers.messaging.off', { name: c.name }) : c.name }));
  const same = connector === (way.connector?.id ?? '') && path === (way.path ?? 'in_path');
  const save = () => {
    const body = putOf(way, { ...(way.path ? { path } : {}) });
    if (connector) body.connector_id = connector;
    else delete body.connector_id;
    void doing.run('way', () => act(n.id, () => api.put('/api/v1/numbers/{id}/messaging', { path: { id: n.id }, body, ifMatch: etag })), '');
  };
  return (
    <Card title={t('numbers.messaging.way')}>
      {!way.route && <Banner tone="warn" action={<Link class="btn small" to="/dashboard/connectors">{t('numbers.messaging.connectors')}</Link>}>{t('numbers.messaging.no_route')}</Banner>}
      <Facts facts={[[t('numbers.messaging.now'), way.route?.name ?? ''], [t('numbers.messaging.native'), t(way.native ? 'numbers.messaging.native_yes' : 'numbers.messaging.native_no')]]} />
      <SelectField label={t('numbers.messaging.connector')} hint={t('numbers.messaging.connector_hint')} value={connector} onValue={setConnector} choices={[{ value: '', label: t('numbers.messaging.automatic') }, ...choices]} error={doing.problem?.about('connector_id')} />
      {way.path && <SelectField label={t('numbers.messaging.path')} hint={t(path === 'copy' ? 'numbers.messaging.copy_text' : 'numbers.messaging.in_path_text')} value={path} onValue={(v) => setPath(v as 'in_path' | 'copy')} choices={[{ value: 'in_path', label: t('numbers.messaging.in_path') }, { value: 'copy', label: t('numbers.messaging.copy') }]} error={doing.problem?.about('path')} />}
      {doing.problem && <Refusal problem={doing.problem} />}
      <div class="row"><Button kind="primary" busy={doing.busy !== ''} onClick={save} why={!may('numbers:write') ? t('numbers.may_not') : same ? t('numbers.nothing_changed') : undefined}>{t('core.save')}</Button></div>
    </Card>
  );
}

const spans = ['hour', 'day', 'month'] as const;

/** How many messages may leave (SPEC L21). */
function GuardCard({ number: n, way, etag }: { number: NumberObject; way: Way; etag: string | null }) {
  const [guard, setGuard] = useState({ hour: String(way.guard.hour), day: String(way.guard.day), month: String(way.guard.month) });
  const doing = useDoing();
  const rights = may('numbers:write') ? undefined : t('numbers.may_not');
  const wrong = spans.find((s) => !/^\d+$/.test(guard[s]));
  const same = spans.every((s) => Number(guard[s]) === way.guard[s]);
  const put = (body: Schemas['NumberMessagingPut']) => void doing.run('guard', () => act(n.id, () => api.put('/api/v1/numbers/{id}/messaging', { path: { id: n.id }, body, ifMatch: etag })), '');
  const usual = () => {
    const body = putOf(way, {});
    delete body.guard;
    put(body);
  };
  return (
    <Card title={t('numbers.messaging.guard')}>
      <p class="soft">{t('numbers.messaging.guard_text')}</p>
      <div class="office-three">
        {spans.map((s) => (
          <div key={s} class="stack tight">
            <TextField label={t(`numbers.messaging.per_${s}`)} type="number" min={0} value={guard[s]} onValue={(v) => setGuard({ ...guard, [s]: v })} error={doing.problem?.about(`guard.${s}`)} />
            <p class="hint">{t('numbers.messaging.sent', { n: way.sent[s] })}</p>
          </div>
        ))}
      </div>
      {doing.problem && <Refusal problem={doing.problem} />}
      <div class="row wrap">
        <Button kind="primary" busy={doing.busy !== ''} onClick={() => put(putOf(way, { guard: { hour: Number(guard.hour), day: Number(guard.day), month: Number(guard.month) } }))} why={rights ?? (wrong ? t('numbers.messaging.whole') : same ? t('numbers.nothing_changed') : undefined)}>{t('core.save')}</Button>
        {way.guard_is_set && <Button onClick={usual} why={rights}>{t('numbers.messaging.usual')}</Button>}
      </div>
    </Card>
  );
}

/** Who said STOP (SPEC L20). */
function OptOuts({ id }: { id: string }) {
  const [adding, setAdding] = useState(false);
  const pages = usePages<Schemas['OptOutObject']>(id, (cursor, signal) => api.get('/api/v1/numbers/{id}/opt-outs', { path: { id }, query: { cursor, limit: 100 }, signal }) as never, ['message.received']);
  const rights = may('numbers:write') ? undefined : t('numbers.may_not');
  const drop = async (o: Schemas['OptOutObject']) => {
    if (!(await confirm(t('numbers.optout.drop_title', { name: o.contact?.name || o.peer_display }), <p>{t('numbers.optout.drop_text')}</p>, t('numbers.optout.drop'), 'plain'))) return;
    await api.delete('/api/v1/numbers/{id}/opt-outs/{peer}', { path: { id, peer: o.peer } }).catch(sayRefusal);
    pages.refresh();
  };
  return (
    <Card title={t('numbers.optout.card')} actions={<Button small icon="plus" onClick={() => setAdding(true)} why={rights}>{t('numbers.optout.add')}</Button>}>
      {pages.rows.length === 0 && !pages.loading ? <Empty icon="chat" title={t('numbers.optout.none')}>{t('numbers.optout.none_text')}</Empty> : (
        <Table label={t('numbers.optout.card')} rows={pages.rows} open={pages.more !== null} id={(o) => o.peer} columns={[
          { name: t('numbers.optout.who'), cell: (o) => <span class="stack tight"><span class="cut office-cell" title={o.contact?.name}>{o.contact?.name || o.peer_display}</span>{o.contact && <span class="soft small num">{o.peer_display}</span>}</span> },
          { name: t('numbers.optout.said'), cell: (o) => o.word ? t('numbers.optout.word', { word: o.word }) : t('numbers.optout.by_us') },
          { name: t('numbers.optout.when'), wide: true, cell: (o) => when(o.at) },
          { name: '', cell: (o) => <IconButton icon="close" small label={t('numbers.optout.drop')} why={rights} onClick={() => void drop(o)} /> },
        ]} />
      )}
      <More pages={pages} />
      {adding && <AddOptOut id={id} onClose={() => setAdding(false)} onDone={pages.refresh} />}
    </Card>
  );
}

function AddOptOut({ id, onClose, onDone }: { id: string; onClose: () => void; onDone: () => void }) {
  const [peer, setPeer] = useState('+33');
  const doing = useDoing();
  const go = async () => {
    if (await doing.run('add', () => api.put('/api/v1/numbers/{id}/opt-outs/{peer}', { path: { id, peer: peer.replace(/[\s.\-()]/g, '') } }))) {
      toast(t('numbers.optout.added'), 'good');
      onDone();
      onClose();
    }
  };
  return (
    <FormDialog title={t('numbers.optout.add')} onClose={onClose} onSubmit={go} submit={t('core.add')} busy={doing.busy !== ''} why={peer.replace(/\D/g, '').length > 4 ? undefined : t('numbers.add.fill')}>
      <p class="soft">{t('numbers.optout.add_text')}</p>
      <TextField label={t('numbers.optout.number')} type="tel" autofocus value={peer} onValue={setPeer} />
      {doing.problem && <Refusal problem={doing.problem} />}
    </FormDialog>
  );
}
