// The sounds of the office: upload, record in the browser, listen (SPEC Q1).
import { useEffect, useRef, useState } from 'preact/hooks';
import { api, Problem, send, type Schemas } from '../../../api/client';
import { language, t } from '../../../i18n/words';
import { Banner, Button, Icon, IconButton, Refusal, Timer } from '../../../parts/basic';
import { Field, Segments, TextField } from '../../../parts/fields';
import { usePages } from '../../../parts/lists';
import { FormDialog } from '../../../parts/over';
import { useDoing } from '../doing';
import { bytes } from '../number/steps';
import { Records } from './records';
import { mono, wavOf } from './wav';

type Sound = Schemas['AudioObject'];

export function Sounds() {
  const pages = usePages<Sound>('audio', (cursor, signal) => api.get('/api/v1/audio', { query: { cursor, limit: 100 }, signal }) as never, ['audio.*']);
  return (
    <Records pages={pages} icon="music" scope="flows:write" nameOf={(x) => x.name} remove={(x) => api.delete('/api/v1/audio/{id}', { path: { id: x.id } })}
      columns={[
        { name: t('numbers.audio.name'), cell: (x) => <span class="row"><Listen src={`/api/v1/audio/${x.id}/content`} name={x.name} /><span class="cut office-cell strong" title={x.name}>{x.name}</span></span> },
        { name: t('numbers.audio.size'), wide: true, num: true, cell: (x) => bytes(x.size_bytes, language.value) },
      ]}
      texts={{ title: t('numbers.call_settings.audio'), text: t('numbers.audio.text'), add: t('numbers.audio.add'), empty: t('numbers.audio.empty'), emptyText: t('numbers.audio.empty_text'), deleteText: t('numbers.audio.delete_text') }}
      edit={(row, close) => (row ? <Rename row={row} onClose={close} /> : <Add onClose={close} />)} />
  );
}

/** Plays a sound, one at a time. */
function Listen({ src, name }: { src: string; name: string }) {
  const [on, setOn] = useState(false);
  const audio = useRef<HTMLAudioElement | null>(null);
  useEffect(() => () => audio.current?.pause(), []);
  const toggle = () => {
    if (on) {
      audio.current?.pause();
      setOn(false);
      return;
    }
    audio.current ??= new Audio(src);
    audio.current.currentTime = 0;
    audio.current.onended = () => setOn(false);
    audio.current.play().then(() => setOn(true), () => setOn(false));
  };
  return <IconButton small icon={on ? 'stop' : 'play'} label={t(on ? 'numbers.audio.stop' : 'numbers.audio.listen', { name })} onClick={toggle} />;
}

function Rename({ row, onClose }: { row: Sound; onClose: () => void }) {
  const [name, setName] = useState(row.name);
  const doing = useDoing();
  const save = async () => {
    if (await doing.run('save', () => api.patch('/api/v1/audio/{id}', { path: { id: row.id }, body: { name } }), '')) onClose();
  };
  return (
    <FormDialog title={t('numbers.audio.rename')} onClose={onClose} onSubmit={save} submit={t('core.save')} busy={doing.busy !== ''} why={name.trim() ? undefined : t('numbers.fill_name')}>
      <TextField label={t('numbers.audio.name')} autofocus maxLength={100} value={name} onValue={setName} error={doing.problem?.about('name')} />
      {doing.problem && !doing.problem.about('name') && <Refusal problem={doing.problem} />}
    </FormDialog>
  );
}

/** Any sound that the browser can read, as the WAV file that the API takes. */
async function asWav(file: Blob): Promise<Blob> {
  const context = new OfflineAudioContext(1, 1, 16_000); // it is asked only to decode, at the rate of a wide-band call
  const decoded = await context.decodeAudioData(await file.arrayBuffer()).catch(() => null);
  if (!decoded) throw new Problem(0, { code: 'audio', title: t('numbers.audio.unreadable') });
  const channels = Array.from({ length: decoded.numberOfChannels }, (_, i) => decoded.getChannelData(i));
  return new Blob([wavOf(mono(channels), decoded.sampleRate)], { type: 'audio/wav' });
}

function Add({ onClose }: { onClose: () => void }) {
  const [how, setHow] = useState('file');
  const [name, setName] = useState('');
  const [sound, setSound] = useState<Blob | null>(null);
  const doing = useDoing();
  const save = async () => {
    const done = await doing.run('save', async () => {
      const form = new FormData();
      form.append('name', name);
      form.append('file', await asWav(sound!), 'sound.wav');
      await send('POST', '/api/v1/audio', { body: form });
    }, t('numbers.audio.kept'));
    if (done) onClose();
  };
  const why = !sound ? t(how === 'file' ? 'numbers.audio.choose' : 'numbers.audio.record_first') : name.trim() ? undefined : t('numbers.fill_name');
  return (
    <FormDialog title={t('numbers.audio.add')} onClose={onClose} onSubmit={save} submit={t('numbers.audio.keep')} busy={doing.busy !== ''} why={why}>
      <Segments label={t('numbers.audio.how')} value={how} onValue={(v) => { setHow(v); setSound(null); }} choices={[{ value: 'file', label: t('numbers.audio.file') }, { value: 'record', label: t('numbers.audio.record') }]} />
      {how === 'file' ? (
        <Field label={t('numbers.audio.file')} id="audio-file" hint={t('numbers.audio.file_hint')}>
          <input id="audio-file" type="file" accept="audio/*" onChange={(e) => { const f = e.currentTarget.files?.[0] ?? null; setSound(f); if (f && !name) setName(f.name.replace(/\.\w+$/, '')); }} />
        </Field>
      ) : <Recorder onSound={setSound} />}
      {sound && <Preview sound={sound} />}
      <TextField label={t('numbers.audio.name')} maxLength={100} value={name} onValue={setName} error={doing.problem?.about('name')} />
      {doing.problem && !doing.problem.about('name') && (doing.problem.code === 'audio' ? <Banner tone="bad">{doing.problem.title}</Banner> : <Refusal problem={doing.problem} />)}
    </FormDialog>
  );
}

function Preview({ sound }: { sound: Blob }) {
  const [url, setURL] = useState('');
  useEffect(() => {
    const made = URL.createObjectURL(sound);
    setURL(made);
    return () => URL.revokeObjectURL(made);
  }, [sound]);
  return url ? <audio controls src={url} class="office-audio" /> : null;
}

/** Records from the microphone until it is stopped. */
function Recorder({ onSound }: { onSound: (b: Blob | null) => void }) {
  const [since, setSince] = useState(0);
  const [refused, setRefused] = useState(false);
  const recorder = useRef<MediaRecorder | null>(null);
  const end = () => recorder.current?.state === 'recording' && recorder.current.stop();
  useEffect(() => () => { end(); }, []);
  const start = async () => {
    setRefused(false);
    onSound(null);
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      const r = new MediaRecorder(stream);
      const parts: Blob[] = [];
      r.ondataavailable = (e) => parts.push(e.data);
      r.onstop = () => {
        stream.getTracks().forEach((track) => track.stop());
        setSince(0);
        onSound(new Blob(parts, { type: r.mimeType }));
      };
      recorder.current = r;
      r.start();
      setSince(Date.now());
    } catch {
      setRefused(true);
    }
  };
  return (
    <div class="stack office-record">
      {since > 0 ? <div class="row"><span class="office-live" aria-hidden="true" /><span>{t('numbers.audio.recording')}</span><Timer since={since} /><span class="grow" /><Button kind="bad" icon="stop" onClick={end}>{t('numbers.audio.end')}</Button></div>
        : <div class="row"><Button icon="mic" onClick={() => void start()}>{t('numbers.audio.start')}</Button></div>}
      {refused && <Banner tone="warn"><span class="row"><Icon name="micoff" />{t('numbers.audio.no_mic')}</span></Banner>}
    </div>
  );
}
