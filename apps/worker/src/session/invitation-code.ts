import { fromBase64url } from '@fedseal/chain/bytes';
import { INVITATION_PREFIX, invitation, type Invitation } from '@fedseal/protocol/session';
import { WorkerError } from '../worker-error.js';

/** Reads an invitation code. @throws WorkerError `invitation.format` */
export function parseInvitation(code: string): Invitation {
  if (!code.startsWith(INVITATION_PREFIX)) {
    throw new WorkerError('invitation.format', `An invitation begins with ${INVITATION_PREFIX}; copy the whole code the operator gave you.`);
  }
  try {
    const bytes = fromBase64url(code.slice(INVITATION_PREFIX.length));
    return invitation.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (cause) {
    throw new WorkerError('invitation.format', 'The invitation code is damaged or of another version; ask the operator for a new one.', { cause });
  }
}
