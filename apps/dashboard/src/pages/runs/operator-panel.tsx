import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button } from 'react-aria-components/Button';
import { runView, type RunView } from '@fedseal/protocol/rest';
import { useSpeech } from '../../i18n/language.js';
import { useOperatorToken } from '../../rest/operator-token.js';
import { request } from '../../rest/request.js';
import { Card } from '../../ui/parts.js';
import { Failure } from '../../ui/states.js';
import { TokenInput } from '../../ui/text-input.js';

type Deed = 'stop' | 'end' | 'resume';

/** Holds, resumes or ends a run, for whoever has the operator's token. */
export function OperatorPanel({ run }: { run: RunView }) {
  const { t } = useSpeech();
  const token = useOperatorToken();
  const client = useQueryClient();
  const deed = useMutation({
    mutationFn: (what: Deed) => request(`/v1/runs/${run.run}/${what === 'resume' ? 'resume' : 'stop'}`, runView, {
      method: 'POST', token, ...(what === 'resume' ? {} : { body: { final: what === 'end' } }),
    }),
    onSuccess: () => Promise.all([client.invalidateQueries({ queryKey: ['run', run.run] }), client.invalidateQueries({ queryKey: ['runs'] })]),
  });
  if (run.endedAtMs !== null) return null;
  const isHeld = run.phase === 'paused';
  const isOff = token === '' || deed.isPending;
  return (
    <Card title={t('run.operator')}>
      <div className="row">
        <TokenInput />
        {isHeld
          ? <Button isDisabled={isOff} onPress={() => deed.mutate('resume')}>{t('run.resume')}</Button>
          : <Button isDisabled={isOff} onPress={() => deed.mutate('stop')}>{t('run.stop')}</Button>}
        <Button className="danger" isDisabled={isOff} onPress={() => deed.mutate('end')}>{t('run.end')}</Button>
      </div>
      {deed.isSuccess && <p role="status">{t('run.done')}</p>}
      {deed.isError && <Failure error={deed.error} />}
    </Card>
  );
}
