// Audio: the devices of this browser, and whether they work.
import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../../i18n/words';
import { Banner, Button, Card } from '../../parts/basic';
import { SelectField } from '../../parts/fields';
import { keep, kept } from '../../phone/kept';
import { meter, openMicrophone, watchMicrophone } from '../../phone/microphone';
import * as phone from '../../phone/phone';
import { testTone } from '../../phone/sound';

/** What the browser says of the microphone, and what to do. */
function MicrophoneState() {
  const m = phone.microphone.value;
  if (m === 'ready') return null;
  if (m === 'refused') return <Banner tone="bad"><p class="strong">{t('workspace.mic.refused')}</p><p>{t('workspace.mic.refused_how')}</p></Banner>;
  if (m === 'missing') return <Banner tone="bad"><p class="strong">{t('workspace.mic.missing')}</p><p>{t('workspace.mic.missing_how')}</p></Banner>;
  if (m === 'busy') return <Banner tone="bad"><p class="strong">{t('workspace.mic.busy')}</p><p>{t('workspace.mic.busy_how')}</p></Banner>;
  if (m === 'insecure') return <Banner tone="bad">{t('workspace.mic.insecure')}</Banner>;
  return <Banner tone="info">{t('workspace.mic.ask')}</Banner>;
}

/** The level of the microphone while it is tried. */
function Level() {
  const [level, setLevel] = useState<number | null>(null);
  const stop = useRef<(() => void) | null>(null);
  const end = () => { stop.current?.(); stop.current = null; setLevel(null); };
  useEffect(() => end, []);
  const begin = async () => {
    try {
      const stream = await openMicrophone();
      const off = meter(stream, setLevel);
      stop.current = () => { off(); for (const x of stream.getTracks()) x.stop(); };
      setLevel(0);
    } catch { /* the state above says why */ }
  };
  return (
    <div class="row wrap">
      <Button icon={level === null ? 'mic' : 'stop'} onClick={() => (level === null ? void begin() : end())}>{level === null ? t('workspace.audio.try_mic') : t('workspace.audio.stop')}</Button>
      {level !== null && <div class="level grow" role="meter" aria-label={t('workspace.audio.level')} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(level * 100)}><i style={{ width: `${Math.round(level * 100)}%` }} /></div>}
      {level !== null && <p class="hint">{level > 0.25 ? t('workspace.audio.heard') : t('workspace.audio.speak')}</p>}
    </div>
  );
}

export function Audio() {
  useEffect(() => { void watchMicrophone(); }, []);
  const all = phone.audioDevices.value.filter((d) => d.deviceId !== '');
  const choices = (kind: MediaDeviceKind) => [{ value: '', label: t('workspace.audio.usual') }, ...all.filter((d) => d.kind === kind && d.deviceId !== 'default').map((d, i) => ({ value: d.deviceId, label: d.label || t('workspace.audio.nameless', { n: i + 1 }) }))];
  const set = (part: Partial<typeof kept.value>) => { keep(part); void phone.changeDevices().catch(() => undefined); };
  const output = 'setSinkId' in HTMLMediaElement.prototype;
  return (
    <>
      <Card title={t('workspace.audio.mic')}>
        <MicrophoneState />
        <SelectField label={t('workspace.audio.mic')} hideLabel value={kept.value.microphone} onValue={(microphone) => set({ microphone })} choices={choices('audioinput')} />
        <Level />
      </Card>
      <Card title={t('workspace.audio.sound')}>
        {output ? (
          <>
            <SelectField label={t('workspace.audio.speaker')} hint={t('workspace.audio.speaker_hint')} value={kept.value.speaker} onValue={(speaker) => set({ speaker })} choices={choices('audiooutput')} />
            <SelectField label={t('workspace.audio.ringer')} hint={t('workspace.audio.ringer_hint')} value={kept.value.ringer} onValue={(ringer) => set({ ringer })} choices={choices('audiooutput')} />
          </>
        ) : <p class="soft">{t('workspace.audio.no_choice')}</p>}
        <div class="field">
          <label for="ring-volume">{t('workspace.audio.volume')}</label>
          <input id="ring-volume" type="range" min="0" max="100" value={Math.round(kept.value.ringVolume * 100)} onInput={(e) => keep({ ringVolume: Number(e.currentTarget.value) / 100 })} />
        </div>
        <div class="row"><Button icon="volume" onClick={() => void phone.allowSound().then(testTone)}>{t('workspace.audio.test')}</Button></div>
      </Card>
    </>
  );
}
