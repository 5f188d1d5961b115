import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { createInvitationResponse } from '@fedseal/protocol/session';
import { useSpeech } from '../../i18n/language.js';
import { useOperatorToken } from '../../rest/operator-token.js';
import { request } from '../../rest/request.js';
import { Copy } from '../../ui/hash.js';
import { Card, PageTitle } from '../../ui/parts.js';
import { Failure } from '../../ui/states.js';
import { TextInput, TokenInput } from '../../ui/text-input.js';
import { workerCommand } from './worker-command.js';

const ROLES = ['contributor', 'evaluator'] as const;

export function StartWorkerPage() {
  const { t, date } = useSpeech();
  const token = useOperatorToken();
  const [role, setRole] = useState<(typeof ROLES)[number]>('contributor');
  const [name, setName] = useState('');
  const [data, setData] = useState('./mnist');
  const invitation = useMutation({ mutationFn: () => request('/v1/invitations', createInvitationResponse, { method: 'POST', token, body: { role } }) });
  const command = invitation.data && workerCommand({ name, data, code: invitation.data.code });
  return (
    <>
      <PageTitle>{t('start.title')}</PageTitle>
      <p>{t('start.lead')}</p>
      <Card title={t('start.make')}>
        <div className="row form">
          <TokenInput />
          <TextInput label={t('start.name')} hint={t('start.nameHint')} value={name} onChange={setName} />
          <TextInput label={t('start.data')} value={data} onChange={setData} />
          <div className="field">
            <label htmlFor="role">{t('start.role')}</label>
            <select id="role" value={role} onChange={(event) => setRole(event.target.value as typeof role)}>
              {ROLES.map((one) => <option key={one} value={one}>{t(`role.${one}`)}</option>)}
            </select>
          </div>
        </div>
        <p><Button isDisabled={token === '' || name.trim() === '' || invitation.isPending} onPress={() => invitation.mutate()}>{t('start.make')}</Button></p>
        {invitation.isError && <Failure error={invitation.error} />}
      </Card>
      {command !== undefined && (
        <Card title={t('start.command')} aside={<Copy text={command} what={t('start.command')} />}>
          <pre>{command}</pre>
          <p className="note">{t('start.once', { date: date(invitation.data?.expiresAtMs ?? 0) })}</p>
          <p className="note">{t('start.gpu')}</p>
        </Card>
      )}
    </>
  );
}
