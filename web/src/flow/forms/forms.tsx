// Which form a type of node has.
import type { FlowNode } from '../model';
import { RedirectForm, RingForm, RingToAPIForm } from './reach';
import { AudioForm, HangupForm, InputForm, MenuForm, VoicemailForm, WaitingForm } from './hear';
import { DateForm, TimeForm } from './time';
import { CallerForm, SplitForm } from './caller';
import { SetForm, SMSForm } from './act';

export interface FormProps { node: FlowNode }

/** The form of a node. */
export function FormOf({ node }: FormProps) {
  switch (node.type) {
    case 'ring_to': return <RingForm node={node} />;
    case 'redirect': return <RedirectForm node={node} />;
    case 'ring_to_api': return <RingToAPIForm node={node} />;
    case 'audio_message': return <AudioForm node={node} />;
    case 'ivr': return <MenuForm node={node} />;
    case 'input': return <InputForm node={node} />;
    case 'waiting_experience': return <WaitingForm node={node} />;
    case 'voicemail': return <VoicemailForm node={node} />;
    case 'hangup': return <HangupForm node={node} />;
    case 'time_rule': return <TimeForm node={node} />;
    case 'date_rule': return <DateForm node={node} />;
    case 'caller_rule': return <CallerForm node={node} />;
    case 'split': return <SplitForm node={node} />;
    case 'send_sms': return <SMSForm node={node} />;
    case 'set': return <SetForm node={node} />;
  }
}
