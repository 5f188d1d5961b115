import { Injectable, OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import type { AnyDashboardEvent } from '@fedseal/protocol/dashboard-events';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { FederationEvents } from './federation-events.js';

/** Prometheus metrics, fed by what the federation announces. */
@Injectable()
export class Metrics implements OnModuleInit, OnModuleDestroy {
  private readonly registry = new Registry();
  private readonly rounds = this.counter('fedseal_rounds_total', 'Rounds by how they ended', ['outcome']);
  private readonly updates = this.counter('fedseal_updates_total', 'Updates by verdict', ['outcome']);
  private readonly blocks = this.counter('fedseal_blocks_total', 'Blocks sealed', []);
  private readonly seals = new Histogram({
    name: 'fedseal_seal_seconds',
    help: 'Time the search for a block took',
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [this.registry],
  });
  private readonly height = this.gauge('fedseal_block_height', 'Height of the newest block', []);
  private readonly sockets = this.gauge('fedseal_sockets', 'Open sockets by namespace', ['namespace']);
  private stop: () => void = () => undefined;

  constructor(private readonly events: FederationEvents) {
    collectDefaultMetrics({ register: this.registry });
  }

  onModuleInit(): void {
    this.stop = this.events.listen((event) => this.count(event));
  }

  onModuleDestroy(): void {
    this.stop();
  }

  socketOpened(namespace: string): void {
    this.sockets.inc({ namespace });
  }

  socketClosed(namespace: string): void {
    this.sockets.dec({ namespace });
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** The text exposition format. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  private count(event: AnyDashboardEvent): void {
    switch (event.name) {
      case 'round.closed.v1':
        this.rounds.inc({ outcome: 'closed' });
        break;
      case 'round.failed.v1':
        this.rounds.inc({ outcome: event.data.willRetry ? 'retried' : 'failed' });
        break;
      case 'update.accepted.v1':
        this.updates.inc({ outcome: 'accepted' });
        break;
      case 'update.refused.v1':
        this.updates.inc({ outcome: 'refused' });
        break;
      case 'block.sealed.v1':
        this.blocks.inc();
        this.seals.observe(event.data.seconds);
        this.height.set(event.data.height);
        break;
    }
  }

  private counter<L extends string>(name: string, help: string, labelNames: L[]): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  private gauge<L extends string>(name: string, help: string, labelNames: L[]): Gauge<L> {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }
}
