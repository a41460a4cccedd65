// The App of the office on the handset. It calls by itself or by the native dialler, as the person says each time (SPEC E5), and tells of missed calls (SPEC E11, L12).
import { useEffect, useState } from 'preact/hooks';
import { api, Problem, type Schemas } from '../api/client';
import { startEvents } from '../api/events';
import { useQuery } from '../api/query';
import { ago, t, type Key } from '../i18n/words';
import { Banner, Button, Icon, Timer } from '../parts/basic';
import { SelectField, TextField } from '../parts/fields';
import { Dialog } from '../parts/over';
import * as phone from '../phone/phone';

type Shown = Schemas['CallerID'];
interface Question { to: string; shown: Shown; ways: string[] }

const missedOf = () => useQuery('app-missed', async (signal) => (await api.get('/api/v1/me/notifications', { query: { open: true, limit: 20 }, signal })).data ?? [], ['notification.*', 'call.missed']);

function Dial() {
  const [to, setTo] = useState('');
  const [id, setID] = useState('');
  const [question, setQuestion] = useState<Question | null>(null);
  const [said, setSaid] = useState<{ tone: 'info' | 'bad'; text: string } | null>(null);
  const numbers = useQuery('app-caller-ids', async (signal) => (await api.get('/api/v1/me/caller-ids', { signal })).data ?? [], ['number.*', 'user.updated']).data ?? [];
  const shown = numbers.find((n) => n.id === id) ?? numbers[0];
  const wrong = (e: unknown) => setSaid({ tone: 'bad', text: e instanceof Problem ? e.detail || e.title : t('demo.app.failed') });
  const go = async () => {
    setSaid(null);
    try {
      if (shown?.esim) await api.post('/api/v1/calls', { body: { to, number_id: shown.id, device: 'app' } });
      else await phone.dial(to, { number: shown?.number });
    } catch (e) {
      if (e instanceof Problem && e.code === 'call_path_required' && shown) setQuestion({ to, shown, ways: e.choices });
      else wrong(e);
    }
  };
  const by = async (way: string) => {
    if (!question) return;
    setQuestion(null);
    try {
      if (way === 'voip') await phone.dial(question.to, { number: question.shown.number });
      else {
        await api.post('/api/v1/calls', { body: { to: question.to, number_id: question.shown.id, device: 'app', via: 'native' } });
        setSaid({ tone: 'info', text: t('demo.app.goes_native') });
      }
    } catch (e) {
      wrong(e);
    }
  };
  const why = !to.trim() ? t('demo.handset.type_first') : phone.line.value === 'on' ? undefined : t('demo.app.connecting');
  return (
    <form class="stack" onSubmit={(e) => { e.preventDefault(); if (!why) void go(); }}>
      <TextField label={t('demo.app.to')} type="tel" autocomplete="off" maxLength={32} value={to} onValue={setTo} />
      {numbers.length > 0 && <SelectField label={t('demo.app.show_as')} value={shown?.id ?? ''} onValue={setID} choices={numbers.map((n) => ({ value: n.id, label: `${n.number_display} · ${n.name}${n.esim ? ' · eSIM' : ''}` }))} />}
      <Button kind="good" icon="phone" type="submit" why={why}>{t('demo.app.call')}</Button>
      {said && <Banner tone={said.tone} onClose={() => setSaid(null)}>{said.text}</Banner>}
      {question && (
        <Dialog title={t('demo.app.how')} onClose={() => setQuestion(null)}>
          <div class="stack">
            <p>{t('demo.app.how_text', { number: question.shown.number_display })}</p>
            {question.ways.map((way) => <Button key={way} icon={way === 'native' ? 'mobile' : 'phone'} onClick={() => void by(way)}>{way === 'native' ? t('demo.app.native') : t('demo.app.voip')}</Button>)}
          </div>
        </Dialog>
      )}
    </form>
  );
}

function Talking({ call }: { call: phone.PhoneCall }) {
  const comes = call.direction === 'inbound' && call.state === 'ringing';
  const words: Key = comes ? 'demo.handset.comes_in' : call.state === 'in_call' ? 'demo.handset.in_call' : call.state === 'ringing' ? 'demo.handset.rings_there' : 'demo.handset.calling';
  const failed = () => undefined; // what became of it is shown
  return (
    <div class={`app-call stack ${call.state}`} role={comes ? 'alertdialog' : 'region'} aria-label={t(comes ? 'demo.app.rings' : 'demo.app.in_call')}>
      <p class="talk-name cut">{call.name || call.number || t('demo.handset.hidden')}</p>
      <p class="soft" aria-live="polite">{t(words)} {call.answeredAt !== null && <Timer since={call.answeredAt} />}</p>
      <div class="row">
        {comes && <Button kind="good" icon="phone" onClick={() => void phone.answer(call.id).catch(failed)}>{t('demo.app.take')}</Button>}
        <Button kind="bad" icon="hangup" onClick={() => void phone.hangup(call.id).catch(failed)}>{t('demo.app.end')}</Button>
      </div>
    </div>
  );
}

function Missed() {
  const all = missedOf().data ?? [];
  return (
    <section class="stack tight" aria-label={t('demo.app.missed')}>
      <h3 class="small soft">{t('demo.app.missed')}</h3>
      {all.length === 0 && <p class="soft small">{t('demo.app.no_missed')}</p>}
      <ul class="plain lines">
        {all.map((n) => <li key={n.id} class="line missed"><Icon name="missed" /><span class="grow stack tight"><span class="cut strong">{t('demo.app.missed_from', { name: n.contact?.name || n.from_display || t('demo.handset.hidden') })}</span><span class="small soft">{ago(n.at)}</span></span></li>)}
      </ul>
    </section>
  );
}

/** The App: a phone of its own from when it is first opened. */
export function OfficeApp() {
  useEffect(() => {
    startEvents();
    phone.start('app');
  }, []);
  const call = phone.calls.value.find((c) => c.state !== 'ended');
  return (
    <div class="office-app stack">
      <header class="row between"><h2>{t('demo.app.title')}</h2><span class="small soft" role="status">{phone.line.value === 'on' ? t('demo.app.connected') : t('demo.app.connecting')}</span></header>
      {call ? <Talking call={call} /> : <Dial />}
      <Missed />
    </div>
  );
}
