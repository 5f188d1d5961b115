import { Global, Module } from '@nestjs/common';
import { SealedLeaves } from '../runs/sealed-leaves.js';
import { Admission } from './access/admission.js';
import { OperatorToken } from './access/operator-token.js';
import { SessionTokens } from './access/session-tokens.js';
import { ContributorsController } from './contributors.controller.js';
import { EnrolmentService } from './enrolment/enrolment.service.js';
import { InvitationsController } from './enrolment/invitations.controller.js';
import { InvitationsService } from './enrolment/invitations.service.js';
import { BlobAccess } from './files/blob-access.js';
import { BlobsController } from './files/blobs.controller.js';
import { UpdatesController } from './files/updates.controller.js';
import { MembershipController } from './membership/membership.controller.js';
import { MembershipService } from './membership/membership.service.js';
import { Challenges } from './session/challenges.js';
import { SessionController } from './session/session.controller.js';
import { SessionsService } from './session/sessions.service.js';
import { DashboardGateway } from './sockets/dashboard.gateway.js';
import { LiveWorkers } from './sockets/live-workers.js';
import { ResourceDesk } from './sockets/resource-desk.js';
import { SnapshotSource } from './sockets/snapshot-source.js';
import { SubmissionLimit } from './sockets/submission-limit.js';
import { WorkerChannelService } from './sockets/worker-channel.service.js';
import { WorkersGateway } from './sockets/workers.gateway.js';
import { WorkerChannel } from './worker-channel.js';

/** Enrolment, authentication, liveness and the sockets. Global, because its guards stand in front of other rooms' endpoints. */
@Global()
@Module({
  controllers: [InvitationsController, ContributorsController, MembershipController, SessionController, UpdatesController, BlobsController],
  providers: [
    OperatorToken,
    SessionTokens,
    Admission,
    InvitationsService,
    EnrolmentService,
    MembershipService,
    Challenges,
    SessionsService,
    BlobAccess,
    SealedLeaves,
    LiveWorkers,
    SubmissionLimit,
    WorkerChannelService,
    { provide: WorkerChannel, useExisting: WorkerChannelService },
    ResourceDesk,
    SnapshotSource,
    WorkersGateway,
    DashboardGateway,
  ],
  exports: [WorkerChannel, OperatorToken, SessionTokens, Admission],
})
export class ContributorsModule {}
