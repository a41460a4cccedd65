// The messages of the handset: its native messaging, which never shows what is written elsewhere (SPEC M3).
import { useEffect, useRef, useState } from 'preact/hooks';
import { ago, t, when } from '../i18n/words';
import { Avatar, Icon, IconButton } from '../parts/basic';
import { act, handset, threadsOf, type HandsetText, type Thread } from './state';

function Bubble({ text }: { text: HandsetText }) {
  return (
    <li class={`bubble ${text.direction}`}>
      <p class="wrap-any">{text.body}</p>
      <p class="small">{when(text.at, 'time')}{text.state && <> · <span class={text.state === 'failed' ? 'bad' : ''}>{t(`demo.handset.text_${text.state}`)}</span></>}</p>
    </li>
  );
}

function Write({ to }: { to: string }) {
  const [body, setBody] = useState('');
  const go = () => void act('write', { to, text: body }).then((done) => { if (done) setBody(''); });
  return (
    <form class="write" onSubmit={(e) => { e.preventDefault(); if (body.trim() && to.trim()) go(); }}>
      <textarea rows={1} aria-label={t('demo.handset.message')} placeholder={t('demo.handset.message')} maxLength={1500} value={body} onInput={(e) => setBody(e.currentTarget.value)}
        onKeyDown={(e) => { if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) { e.preventDefault(); if (body.trim() && to.trim()) go(); } }} />
      <IconButton icon="send" kind="primary" type="submit" label={t('demo.handset.send')} why={body.trim() && to.trim() ? undefined : t('demo.handset.write_first')} />
    </form>
  );
}

function OneThread({ peer, thread, back }: { peer: string; thread: Thread | undefined; back: () => void }) {
  const [to, setTo] = useState('');
  const end = useRef<HTMLLIElement>(null);
  const count = thread?.texts.length ?? 0;
  useEffect(() => end.current?.scrollIntoView({ block: 'end' }), [count]);
  return (
    <section class="thread" aria-label={thread?.name ?? t('demo.handset.new_message')}>
      <header class="row">
        <IconButton icon="left" label={t('core.back')} onClick={back} />
        {peer ? <h2 class="cut">{thread?.name ?? peer}</h2> : <input type="tel" autofocus aria-label={t('demo.handset.to')} placeholder={t('demo.handset.to')} value={to} maxLength={32} onInput={(e) => setTo(e.currentTarget.value)} />}
        {peer && <IconButton icon="phone" label={t('demo.handset.call')} onClick={() => void act('dial', { to: peer })} />}
      </header>
      <ul class="plain bubbles" aria-live="polite">{thread?.texts.map((x) => <Bubble key={`${x.at}${x.direction}`} text={x} />)}<li ref={end} /></ul>
      <Write to={peer || to} />
    </section>
  );
}

/** Native messaging: threads, and one of them. */
export function Texts() {
  const [open, setOpen] = useState<string | null>(null);
  const threads = threadsOf(handset.value?.texts ?? []);
  const newest = threads[0]?.last;
  useEffect(() => { if (open === '' && newest?.direction === 'outbound') setOpen(newest.peer); }, [newest?.at]); // what was just written opens its thread
  if (open !== null) return <OneThread peer={open} thread={threads.find((x) => x.peer === open)} back={() => setOpen(null)} />;
  return (
    <div class="threads">
      <header class="row between"><h2>{t('demo.handset.messages')}</h2><IconButton icon="edit" label={t('demo.handset.new_message')} onClick={() => setOpen('')} /></header>
      {threads.length === 0 && <div class="nothing"><Icon name="chat" size={28} /><p class="soft">{t('demo.handset.no_messages')}</p></div>}
      <ul class="plain lines">
        {threads.map((x) => (
          <li key={x.peer}>
            <button type="button" class="line as-line" onClick={() => setOpen(x.peer)}>
              <Avatar name={x.name.replace(/[^\p{L}]/gu, '') || '#'} size={38} />
              <span class="grow stack tight"><span class="row between"><span class="cut strong">{x.name}</span><span class="small soft">{ago(x.last.at)}</span></span><span class="cut small soft">{x.last.body}</span></span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
