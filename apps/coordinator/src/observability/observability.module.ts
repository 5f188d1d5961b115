import { Global, Module } from '@nestjs/common';
import { CONFIG, type Config } from '../config/config.js';
import { Clock, SystemClock } from './clock.js';
import { CrashPoints } from './crash-points.js';
import { FederationEvents } from './federation-events.js';
import { HealthController } from './health.controller.js';
import { Metrics } from './metrics.js';
import { MetricsController } from './metrics.controller.js';
import { Randomness, SystemRandomness } from './randomness.js';

@Global()
@Module({
  controllers: [HealthController, MetricsController],
  providers: [
    { provide: Clock, useClass: SystemClock },
    { provide: Randomness, useClass: SystemRandomness },
    { provide: CrashPoints, useFactory: (config: Config) => new CrashPoints(config.crashAt), inject: [CONFIG] },
    FederationEvents,
    Metrics,
  ],
  exports: [Clock, Randomness, CrashPoints, FederationEvents, Metrics],
})
export class ObservabilityModule {}
