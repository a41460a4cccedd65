// The eSIM of a direct number: how far it is, its code, and what can be done with it.
import { useState } from 'preact/hooks';
import { api, type Schemas } from '../../../api/client';
import { useQuery } from '../../../api/query';
import { may } from '../../../entry/signed';
import { t, tMaybe, when } from '../../../i18n/words';
import { Banner, Button, Card, Copy, Facts, Icon, Refusal, Spinner } from '../../../parts/basic';
import { Dialog, FormDialog, confirm } from '../../../parts/over';
import { ESIMBadge, esimState } from '../badges';
import { useDoing, type Doing } from '../doing';
import { act, type Held } from './ask';
import { Packages, type Package } from './assignesim';
import { marksOf } from './steps';
import { Usage } from './usage';

type ESIMObject = Schemas['EsimObject'];

export function ESIM(held: Held) {
  const { number: n, etag } = held;
  const asked = useQuery(`number:${n.id}:esim`, (signal) => api.get('/api/v1/numbers/{id}/esim', { path: { id: n.id }, signal }), ['esim.*', 'number.updated', 'usage.*']);
  const doing = useDoing();
  const [dialog, setDialog] = useState<'' | 'package' | 'mail'>('');
  const e = asked.data;
  const rights = may('numbers:write') ? undefined : t('numbers.may_not');
  if (!e) return asked.problem ? <Refusal problem={asked.problem} retry={asked.refresh} /> : <Spinner />;
  return (
    <>
      <Card title={t('numbers.esim.of', { name: e.user.name })} actions={<ESIMBadge state={e.state} />}>
        {e.state !== 'failed' && e.state !== 'terminated' && <Stepper state={e.state} />}
        <p>{tMaybe(`numbers.esim.means.${e.state}`, '')}</p>
        {e.fault && <Banner tone="warn"><p class="strong">{t('numbers.esim.fault')}</p><p class="wrap-any">{e.fault}</p>{e.next_try_at && <p>{t('numbers.esim.next_try', { at: when(e.next_try_at) })}</p>}</Banner>}
        {e.want !== e.state && (e.want === 'suspended' || e.want === 'terminated') && <Banner>{t(e.want === 'suspended' ? 'numbers.esim.asked_suspend' : 'numbers.esim.asked_end')}</Banner>}
        <Facts facts={[
          [t('numbers.esim.package'), t(`numbers.esim.package_${e.package}`)],
          [t('numbers.esim.operator'), e.operator?.name ?? t('numbers.esim.waits_operator')],
          [t('numbers.esim.since'), e.since ? when(e.since, 'exact') : ''],
          ['ICCID', e.iccid && <span class="mono">{e.iccid}</span>],
          ['EID', e.eid && <span class="mono">{e.eid}</span>],
          ['IMSI', e.imsi && <span class="mono">{e.imsi}</span>],
        ]} />
        {doing.problem && <Refusal problem={doing.problem} />}
        <Actions held={held} e={e} doing={doing} rights={rights} onPackage={() => setDialog('package')} />
      </Card>
      {e.activation && <Code number={n.id} e={e} onMail={() => setDialog('mail')} />}
      <Usage number={n} />
      {dialog === 'package' && <PackageDialog number={n} etag={etag} e={e} onClose={() => setDialog('')} />}
      {dialog === 'mail' && <MailDialog id={n.id} onClose={() => setDialog('')} />}
    </>
  );
}

/** The way of an eSIM, step by step. */
function Stepper({ state }: { state: string }) {
  return (
    <ol class="plain office-steps" aria-label={t('numbers.esim.way')}>
      {marksOf(state).map((m) => (
        <li key={m.step} class={m.mark} aria-current={m.mark === 'now' ? 'step' : undefined}>
          <span class="office-step-dot">{m.mark === 'done' ? <Icon name="check" size={14} /> : m.mark === 'now' ? <Icon name="clock" size={14} /> : null}</span>
          <span>{esimState(m.step)}</span>
          <span class="sr">{t(`numbers.esim.step_${m.mark}`)}</span>
        </li>
      ))}
    </ol>
  );
}

function Actions({ held, e, doing, rights, onPackage }: { held: Held; e: ESIMObject; doing: Doing; rights: string | undefined; onPackage: () => void }) {
  const { number: n, etag } = held;
  const post = (verb: 'suspend' | 'resume', said: string) => void doing.run(verb, () => act(n.id, () => verb === 'suspend'
    ? api.post('/api/v1/numbers/{id}/esim/suspend', { path: { id: n.id }, ifMatch: etag }) : api.post('/api/v1/numbers/{id}/esim/resume', { path: { id: n.id }, ifMatch: etag })), said);
  const end = async () => {
    if (!(await confirm(t('numbers.esim.end_title', { name: e.user.name }), <p>{t('numbers.esim.end_text')}</p>, t('numbers.esim.end')))) return;
    void doing.run('end', () => act(n.id, () => api.delete('/api/v1/numbers/{id}/esim', { path: { id: n.id }, ifMatch: etag })), t('numbers.esim.ended'));
  };
  const over = e.state === 'terminated' || e.want === 'terminated';
  return (
    <div class="row wrap">
      <Button icon="edit" onClick={onPackage} why={rights ?? (over ? t('numbers.esim.is_over') : undefined)}>{t('numbers.esim.change_package')}</Button>
      {e.state === 'suspended' || e.want === 'suspended'
        ? <Button icon="play" busy={doing.busy === 'resume'} onClick={() => post('resume', t('numbers.esim.resuming'))} why={rights}>{t('numbers.esim.resume')}</Button>
        : <Button icon="pause" busy={doing.busy === 'suspend'} onClick={() => post('suspend', t('numbers.esim.suspending'))} why={rights ?? (over ? t('numbers.esim.is_over') : e.state === 'enabled' || e.state === 'disabled' || e.state === 'downloaded' ? undefined : t('numbers.esim.not_yet'))}>{t('numbers.esim.suspend')}</Button>}
      <Button icon="trash" busy={doing.busy === 'end'} onClick={() => void end()} why={rights ?? (over && e.state !== 'terminated' ? t('numbers.esim.asked_end') : undefined)}>{t('numbers.esim.end')}</Button>
    </div>
  );
}

/** What the user's phone needs. It is shown when asked for: whoever has it has the number. */
function Code({ e, onMail }: { number: string; e: ESIMObject; onMail: () => void }) {
  const [shown, setShown] = useState(e.state === 'released');
  const c = e.activation;
  return (
    <Card title={t('numbers.esim.code')} actions={<Button small icon="mail" onClick={onMail}>{t('numbers.esim.mail')}</Button>}>
      <p class="soft">{e.mailed_at ? t('numbers.esim.mailed', { at: when(e.mailed_at), name: e.user.name }) : t('numbers.esim.not_mailed')}</p>
      {!shown ? <div class="row"><Button icon="sim" onClick={() => setShown(true)}>{t('numbers.esim.show_code')}</Button></div> : (
        <div class="office-code">
          <img class="office-qr" src={c.qr_svg} alt={t('numbers.esim.qr_alt')} width="200" height="200" />
          <div class="stack grow">
            <p>{t('numbers.esim.scan')}</p>
            <Facts facts={[[t('numbers.esim.address'), <span class="mono">{c.address}</span>], [t('numbers.esim.matching'), <span class="mono">{c.matching_id}</span>], [t('numbers.esim.whole'), <span class="mono">{c.code}</span>]]} />
            <div class="row wrap"><Copy text={c.code} label={t('numbers.esim.copy_code')} /><a class="btn small quiet" href={c.qr_png} download={`esim-${e.id}.png`}>{t('numbers.esim.download')}</a></div>
            <Banner tone="warn">{t('numbers.esim.secret')}</Banner>
          </div>
        </div>
      )}
    </Card>
  );
}

function PackageDialog({ number: n, etag, e, onClose }: Held & { e: ESIMObject; onClose: () => void }) {
  const [pack, setPack] = useState<Package>(e.package);
  const doing = useDoing();
  const go = async () => {
    if (await doing.run('package', () => act(n.id, () => api.put('/api/v1/numbers/{id}/esim', { path: { id: n.id }, body: { user_id: e.user.id, package: pack }, ifMatch: etag })), '')) onClose();
  };
  return (
    <FormDialog title={t('numbers.esim.change_package')} onClose={onClose} onSubmit={go} submit={t('core.save')} busy={doing.busy !== ''} why={pack === e.package ? t('numbers.nothing_changed') : undefined}>
      <Packages value={pack} onValue={setPack} />
      {doing.problem && <Refusal problem={doing.problem} />}
    </FormDialog>
  );
}

/** The e-mail with the code, and sending it again. */
function MailDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const asked = useQuery(`number:${id}:esim:mail`, (signal) => api.get('/api/v1/numbers/{id}/esim/mail', { path: { id }, signal }), ['esim.*']);
  const m = asked.data;
  return (
    <Dialog wide title={t('numbers.esim.mail')} onClose={onClose} actions={<><span class="grow" /><Button onClick={onClose}>{t('core.close')}</Button></>}>
      {!m ? (asked.problem ? <Refusal problem={asked.problem} retry={asked.refresh} /> : <Spinner />) : (
        <div class="stack">
          {!m.sends && <Banner tone="warn"><p class="strong">{t('numbers.esim.no_mail')}</p><p>{t('numbers.esim.no_mail_text')}</p></Banner>}
          {m.fault && <Banner tone="bad"><p class="wrap-any">{m.fault}</p></Banner>}
          <Facts facts={[[t('numbers.esim.mail_to'), m.to], [t('numbers.esim.mail_subject'), m.subject], [t('numbers.esim.mail_sent'), m.sent_at ? when(m.sent_at, 'exact') : t('numbers.esim.mail_unsent')]]} />
          <pre class="office-mail" tabIndex={0}>{m.text}</pre>
        </div>
      )}
    </Dialog>
  );
}
