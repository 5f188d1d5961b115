import { Input } from 'react-aria-components/Input';
import { Label } from 'react-aria-components/Label';
import { Text } from 'react-aria-components/Text';
import { TextField } from 'react-aria-components/TextField';
import { useSpeech } from '../i18n/language.js';
import { setOperatorToken, useOperatorToken } from '../rest/operator-token.js';

interface Props {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hint?: string;
  readonly secret?: boolean;
}

export function TextInput({ label, value, onChange, hint, secret = false }: Props) {
  return (
    <TextField className="field" value={value} onChange={onChange} type={secret ? 'password' : 'text'} autoComplete="off" spellCheck="false">
      <Label>{label}</Label>
      <Input />
      {hint !== undefined && <Text slot="description" className="note">{hint}</Text>}
    </TextField>
  );
}

export function TokenInput() {
  const { t } = useSpeech();
  return <TextInput label={t('run.token')} hint={t('run.tokenHint')} value={useOperatorToken()} onChange={setOperatorToken} secret />;
}
