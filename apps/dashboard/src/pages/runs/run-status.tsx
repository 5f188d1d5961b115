import type { RunView } from '@fedseal/protocol/rest';
import { useSpeech } from '../../i18n/language.js';
import { Badge, type Tone } from '../../ui/parts.js';

const TONES: Record<RunView['status'], Tone> = { pending: 'calm', running: 'busy', completed: 'good', failed: 'bad', stopped: 'warn' };

export function RunStatus({ run }: { run: RunView }) {
  const { t } = useSpeech();
  const isHeld = run.phase === 'paused';
  return <Badge tone={isHeld ? 'warn' : TONES[run.status]}>{t(isHeld ? 'status.paused' : `status.${run.status}`)}{run.reason !== null && !['completed', 'running'].includes(run.status) ? `: ${run.reason}` : ''}</Badge>;
}
