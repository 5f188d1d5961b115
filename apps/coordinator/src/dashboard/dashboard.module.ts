import { Module } from '@nestjs/common';
import { DashboardController } from './dashboard.controller.js';
import { BUILT_SITE, SITE_FOLDER } from './site-folder.js';
import { Site } from './site.js';

/** Serves the page of apps/dashboard, which knows this coordinator by its public interface alone. */
@Module({
  controllers: [DashboardController],
  providers: [{ provide: SITE_FOLDER, useValue: BUILT_SITE }, Site],
})
export class DashboardModule {}
