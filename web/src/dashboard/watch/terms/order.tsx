// The codecs of a trunk, best first: put in order by drag, or by the buttons of each.
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { t } from '../../../i18n/words';
import { Badge, Button, Icon, IconButton } from '../../../parts/basic';
import { codecs, moved, usualCodecs, type Codec } from './terms';

const isKnown = (c: string): c is Codec => (codecs as readonly string[]).includes(c);
const nameOf = (c: string) => (isKnown(c) ? t(`dashboard.terms.codec_${c}`) : c);

export function CodecOrder({ value, onValue, error }: { value: string[]; onValue: (v: string[]) => void; error: string | undefined }) {
  const shown: readonly string[] = value.length > 0 ? value : usualCodecs;
  const box = useRef<HTMLFieldSetElement>(null);
  const wants = useRef<string | null>(null);
  const [drag, setDrag] = useState<number | null>(null);
  const [said, setSaid] = useState('');
  useLayoutEffect(() => {
    if (wants.current) box.current?.querySelector<HTMLElement>(wants.current)?.focus();
    wants.current = null;
  }, [value]);
  const put = (next: string[], about: string, focus: string | null) => {
    wants.current = focus;
    const place = next.indexOf(about) + 1;
    setSaid(place > 0 ? t('dashboard.terms.codec_at', { codec: nameOf(about), n: place, of: next.length }) : '');
    onValue(next);
  };
  const move = (i: number, by: number) => put(moved(shown, i, by), shown[i]!, `[data-act=${by < 0 ? 'up' : 'down'}-${shown[i]}]`);
  const over = (i: number) => {
    if (drag === null || drag === i) return;
    put(moved(shown, drag, i - drag), shown[drag]!, null);
    setDrag(i);
  };
  return (
    <fieldset ref={box} class="bare stack">
      <legend class="legend">{t('dashboard.terms.codecs')}</legend>
      <p class="hint">{t('dashboard.terms.codecs_hint')}</p>
      {error && <p class="error" role="alert"><Icon name="warning" size={14} /> {error}</p>}
      <ol class="plain codecs">
        {shown.map((c, i) => (
          <li key={c} draggable class={`row ${drag === i ? 'dragged' : ''}`} onDragStart={(e) => { e.dataTransfer?.setData('text/plain', c); setDrag(i); }} onDragOver={(e) => { if (drag !== null) e.preventDefault(); over(i); }} onDrop={(e) => e.preventDefault()} onDragEnd={() => setDrag(null)}>
            <Icon name="menu" size={16} /><span class="grow">{nameOf(c)}</span>
            {value.length === 0 && i === 0 && <Badge>{t('dashboard.terms.usual')}</Badge>}
            <IconButton small icon="up" data-act={`up-${c}`} label={t('dashboard.terms.codec_up', { codec: c })} why={i === 0 ? t('dashboard.terms.first') : undefined} onClick={() => move(i, -1)} />
            <IconButton small icon="down" data-act={`down-${c}`} label={t('dashboard.terms.codec_down', { codec: c })} why={i === shown.length - 1 ? t('dashboard.terms.last') : undefined} onClick={() => move(i, 1)} />
            <IconButton small icon="minus" label={t('dashboard.terms.codec_drop', { codec: c })} why={shown.length === 1 ? t('dashboard.terms.codec_one') : undefined} onClick={() => put(shown.filter((x) => x !== c), '', `[data-act=add-${c}]`)} />
          </li>
        ))}
      </ol>
      <div class="row wrap">
        {codecs.filter((c) => !shown.includes(c)).map((c) => <Button key={c} small icon="plus" data-act={`add-${c}`} onClick={() => put([...shown, c], c, `[data-act=up-${c}]`)}>{nameOf(c)}</Button>)}
        {value.length > 0 && <Button small kind="quiet" onClick={() => put([], '', null)}>{t('dashboard.terms.codecs_usual')}</Button>}
      </div>
      <p class="sr" role="status">{said}</p>
    </fieldset>
  );
}
