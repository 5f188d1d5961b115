import { DynamicModule, Global, Module } from '@nestjs/common';
import { CONFIG, type Config } from './config.js';
import { ServerAddress } from './server-address.js';

/** Makes the parsed configuration and the server's own address injectable everywhere. */
@Global()
@Module({})
export class ConfigModule {
  static forRoot(config: Config): DynamicModule {
    const address = { provide: ServerAddress, useFactory: () => new ServerAddress(config.http.publicUrl) };
    return {
      module: ConfigModule,
      providers: [{ provide: CONFIG, useValue: config }, address],
      exports: [CONFIG, ServerAddress],
    };
  }
}
