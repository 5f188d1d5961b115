/** Where storage says what it noticed; the coordinator routes it to its log, commands may keep silent. */
export type StorageLog = (level: 'info' | 'warn' | 'error', message: string, detail?: unknown) => void;

export const silentLog: StorageLog = () => undefined;
