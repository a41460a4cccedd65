// The conversion of a number to a direct number (SPEC D5): begun from the tab of teams and users or that of integrations, looked at, and published.
import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { api } from '../../../api/client';
import { useQuery } from '../../../api/query';
import { may } from '../../../entry/signed';
import { t, tMaybe } from '../../../i18n/words';
import { Banner, Button, Card, Icon, Link, Refusal, Spinner } from '../../../parts/basic';
import { CheckField } from '../../../parts/fields';
import { Dialog, FormDialog, confirm, toast } from '../../../parts/over';
import { sayRefusal, useDoing } from '../doing';
import { UserPicker } from '../pick';
import { act, type Held, type NumberObject } from './ask';
import { changeOf, documentOf, type Change, type Node, type Target } from './change';

/** The number whose conversion is being reviewed: begun on one tab, it opens wherever its banner is. */
const reviewing = signal('');

/** Chooses the user whom a number shall belong to, and begins the conversion. */
export function ConvertDialog({ number: n, etag, onClose }: Held & { onClose: () => void }) {
  const [user, setUser] = useState<{ id: string; name: string } | null>(n.conversion?.user ?? (n.users?.length === 1 && !n.teams?.length ? n.users[0]! : null));
  const doing = useDoing();
  const begin = async () => {
    const done = await doing.run('begin', () => act(n.id, () => api.post('/api/v1/numbers/{id}/convert-to-direct', { path: { id: n.id }, body: { user_id: user!.id, publish: false }, ifMatch: etag })));
    if (done) {
      reviewing.value = n.id;
      onClose();
    }
  };
  return (
    <FormDialog title={t('numbers.convert.title')} onClose={onClose} onSubmit={begin} submit={t('numbers.convert.next')} busy={doing.busy !== ''} why={user ? undefined : t('numbers.convert.choose_first')}>
      <p>{t('numbers.convert.text', { number: n.display })}</p>
      <UserPicker label={t('numbers.convert.user')} hint={t('numbers.convert.user_hint')} chosen={user?.name ?? ''} onPick={setUser} error={doing.problem?.about('user_id')} />
      {doing.problem && !doing.problem.about('user_id') && <Refusal problem={doing.problem} />}
      <p class="hint">{t('numbers.convert.nothing_yet')}</p>
    </FormDialog>
  );
}

/** Says that a conversion was begun, and leads to its publishing. Until then callers follow the old distribution (SPEC D14). */
export function ConversionPending(held: Held) {
  const { number: n, etag } = held;
  const c = n.conversion;
  if (!c) return null;
  const back = async () => {
    if (!(await confirm(t('numbers.convert.back_title'), <p>{t('numbers.convert.back_text')}</p>, t('numbers.convert.back'), 'plain'))) return;
    await act(n.id, () => api.post('/api/v1/numbers/{id}/keep-shared', { path: { id: n.id }, ifMatch: etag })).catch(sayRefusal);
  };
  return (
    <>
      <Banner tone="warn" action={<span class="row wrap"><Button small onClick={() => void back()} why={may('numbers:write') ? undefined : t('numbers.may_not')}>{t('numbers.convert.back')}</Button><Button small kind="primary" onClick={() => { reviewing.value = n.id; }}>{t('numbers.convert.review')}</Button></span>}>
        <p class="strong">{t('numbers.convert.pending', { name: c.user.name })}</p>
        <p>{t('numbers.convert.pending_text')}</p>
      </Banner>
      {reviewing.value === n.id && <ReviewDialog {...held} onClose={() => { reviewing.value = ''; }} />}
    </>
  );
}

/** The flow that callers follow now: what is published, else what is drafted. */
async function current(n: NumberObject, signal: AbortSignal): Promise<unknown> {
  if (!n.flow) return null;
  const f = await api.get('/api/v1/flows/{id}', { path: { id: n.flow.id }, signal });
  if (f.version > 0) {
    const v = await api.get('/api/v1/flows/{id}/versions/{version}', { path: { id: f.id, version: f.version }, signal });
    return (v as { document?: unknown }).document;
  }
  return (await api.get('/api/v1/flows/{id}/draft', { path: { id: f.id }, signal })).document;
}

/** What publishing will change, and that it cannot be undone (SPEC D6, D20). */
export function ReviewDialog({ number: n, etag, onClose }: Held & { onClose: () => void }) {
  const c = n.conversion!;
  const [sure, setSure] = useState(false);
  const doing = useDoing();
  const asked = useQuery(`number:${n.id}:change:${c.flow_id}:${n.flow?.id ?? ''}`, async (signal) => {
    const [before, after] = await Promise.all([current(n, signal), api.get('/api/v1/flows/{id}/draft', { path: { id: c.flow_id }, signal })]);
    return { change: changeOf(documentOf(before), documentOf(after.document)), fresh: before === null };
  });
  const publish = async () => {
    const done = await doing.run('publish', () => act(n.id, () => api.post('/api/v1/numbers/{id}/convert-to-direct', { path: { id: n.id }, body: { publish: true }, ifMatch: etag })));
    if (done) {
      toast(t('numbers.convert.done', { number: n.display, name: c.user.name }), 'good');
      onClose();
    }
  };
  return (
    <Dialog wide title={t('numbers.convert.review_title', { number: n.display })} onClose={onClose} actions={<>
      <Link class="btn quiet" to={`/dashboard/flows/${c.flow_id}`}>{t('numbers.convert.edit_first')}</Link>
      <span class="grow" />
      <Button onClick={onClose}>{t('core.cancel')}</Button>
      <Button kind="bad" busy={doing.busy !== ''} onClick={() => void publish()} why={!may('numbers:write') ? t('numbers.may_not') : sure ? undefined : t('numbers.convert.tick')}>{t('numbers.convert.publish')}</Button>
    </>}>
      <div class="stack loose">
        {doing.problem && <Refusal problem={doing.problem} />}
        {asked.problem && <Refusal problem={asked.problem} retry={asked.refresh} />}
        {!asked.data && !asked.problem && <Spinner />}
        {asked.data && <Changes number={n} change={asked.data.change} fresh={asked.data.fresh} />}
        <Banner tone="bad"><p class="strong">{t('numbers.convert.for_good')}</p><p>{t('numbers.convert.for_good_text')}</p></Banner>
        <CheckField label={t('numbers.convert.understood')} checked={sure} onValue={setSure} />
      </div>
    </Dialog>
  );
}

function Changes({ number: n, change, fresh }: { number: NumberObject; change: Change; fresh: boolean }) {
  const c = n.conversion!;
  const names = useNames(n);
  const others = (n.users ?? []).filter((u) => u.id !== c.user.id);
  const gone = (n.teams?.length ?? 0) + others.length;
  const silent = change.reassigned.length + change.same.length === 0; // a flow without a Ring-to rings nobody, converted or not
  const copies = (c.warnings ?? []).find((w) => w.code === 'conversion_copies_flow');
  return (
    <div class="office-changes">
      <Side icon="user" title={t('numbers.convert.will_be', { name: c.user.name })}>
        <p>{t('numbers.convert.will_be_text')}</p>
      </Side>
      <Side icon="redirect" title={change.reassigned.length === 0 ? t('numbers.convert.reassigned_none') : t('numbers.convert.reassigned', { n: change.reassigned.length })}>
        {change.reassigned.length === 0 ? <p class={silent ? 'warn' : ''}>{fresh ? t('numbers.convert.template') : silent ? t('numbers.convert.silent') : t('numbers.convert.none_reassigned')}</p> : (
          <ul class="plain stack tight">{change.reassigned.map((r) => (
            <li key={r.node.id} class="row wrap"><strong class="cut" title={titleOf(r.node)}>{titleOf(r.node)}</strong><span class="soft row"><s>{names(r.from)}</s><Icon name="right" size={14} /><span class="sr">{t('numbers.convert.becomes')}</span></span><span>{c.user.name}</span></li>
          ))}</ul>
        )}
      </Side>
      <Side icon="minus" title={gone === 0 ? t('numbers.convert.removed_none') : t('numbers.convert.removed', { n: gone })}>
        {gone === 0 ? <p>{t('numbers.convert.none_removed')}</p> : (
          <ul class="plain stack tight">
            {(n.teams ?? []).map((x) => <li key={x.id} class="row"><Icon name="team" size={16} /><span class="cut" title={x.name}>{x.name}</span></li>)}
            {others.map((x) => <li key={x.id} class="row"><Icon name="user" size={16} /><span class="cut" title={x.name}>{x.name}</span></li>)}
          </ul>
        )}
      </Side>
      <Side icon="check" title={t('numbers.convert.kept', { n: change.kept.length + change.same.length })}>
        <ul class="plain stack tight">{[...change.kept, ...change.same].slice(0, 12).map((k) => <li key={k.id} class="cut" title={titleOf(k)}>{titleOf(k)}</li>)}</ul>
        {change.kept.length + change.same.length > 12 && <p class="soft">{t('numbers.convert.and_more', { n: change.kept.length + change.same.length - 12 })}</p>}
        {copies && <p class="soft">{t('numbers.convert.copies')}</p>}
      </Side>
    </div>
  );
}

function Side({ icon, title, children }: { icon: 'user' | 'redirect' | 'minus' | 'check'; title: string; children: preact.ComponentChildren }) {
  return <section class="office-change"><h3 class="row"><Icon name={icon} size={18} />{title}</h3>{children}</section>;
}

/** What a widget is called: its title, else its type in words. */
export const titleOf = (n: Pick<Node, 'type' | 'title'>) => n.title || tMaybe(`numbers.widget.${n.type}`, n.type);

/** The names behind the ids of Ring-to widgets. */
function useNames(n: NumberObject): (target: Target) => string {
  const known = new Map([...(n.users ?? []), ...(n.teams ?? [])].map((x) => [x.id, x.name]));
  const teams = useQuery('teams-all', (signal) => api.get('/api/v1/teams', { query: { limit: 200 }, signal }), ['team.*']);
  for (const x of teams.data?.data ?? []) known.set(x.id, x.name);
  return (target) => known.get(target.team ?? target.user ?? '') || (target.team ? t('numbers.convert.a_team') : target.user ? t('numbers.convert.a_user') : t('numbers.list.nobody'));
}

/** A card that offers the conversion, or says why there is none. Both ways in do the same thing (SPEC D5, D13). */
export function ConvertCard(held: Held & { label: string; children: preact.ComponentChildren; title: string }) {
  const { number: n, label, title, children, ...rest } = held;
  const [open, setOpen] = useState(false);
  return (
    <Card title={title}>
      {children}
      <div class="row"><Button kind="primary" onClick={() => setOpen(true)} why={may('numbers:write') ? undefined : t('numbers.may_not')}>{label}</Button></div>
      {open && <ConvertDialog number={n} {...rest} onClose={() => setOpen(false)} />}
    </Card>
  );
}
