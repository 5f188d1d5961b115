/** Where the database is, for the queue that lives on it. */
export class StorageConnection {
  /** Holds the password: never log it. */
  constructor(readonly url: string) {}
}
