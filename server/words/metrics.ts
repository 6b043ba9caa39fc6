/**
 * The description of each metric in /metrics, by its name without the prefix, and the plain answers of that
 * port.
 */

export const help = {
  connections: "TCP connections open, signed in or not",
  connections_accepted: "TCP connections taken",
  connections_refused: "TCP connections closed at once, over a limit or while stopping",
  connections_ended: "Signed-in connections that ended, by how",
  handshakes_under_way: "Handshakes begun and not finished",
  handshakes: "Handshakes finished",
  handshakes_delayed: "Times that a handshake had to wait, since its address begins them too fast",
  handshakes_failed: "Handshakes that failed",
  sign_ins: "People let in: with a key that is known, with an invite, with a new key for their name",
  sign_ins_refused: "People not let in",
  users_online: "People signed in",
  held_bytes: "Memory held for all connections: unread, unconfirmed and incomplete messages",
  requests: "Requests of signed-in clients, answered or not",
  work_units: "Cost of requests and sign-ins within the limits of each person",
  answers: "Deliveries told to their senders: received by the other side, or stored for them",
  errors: "Requests refused, by the code of the ERROR answer",
  mail_relayed: "Deliveries handed straight to a connection, without touching the disk",
  mail_stored: "Deliveries written to a mailbox",
  mail_collected: "Deliveries confirmed by their recipient out of the mailbox",
  mailbox_items: "Deliveries that wait in all mailboxes",
  mailbox_bytes: "Size of the deliveries that wait in all mailboxes, as the bounds count it",
  blobs: "Files of members, complete or not",
  blob_bytes: "Size of members' files, as the bounds count it",
  commit_seconds: "How long the disk took to commit a transaction",
  commits_failed: "Transactions that could not be committed and were undone",
  expiry_timestamp_seconds: "When the certificate, the revocation list or the CA expires, Unix seconds",
};
export type Metric = keyof typeof help;

/** Metrics of the process, under names that Prometheus clients share. */
export const processHelp = {
  process_cpu_seconds_total: "User and system CPU time",
  process_start_time_seconds: "When the process started, Unix seconds",
  process_resident_memory_bytes: "Memory in RAM",
  process_open_fds: "Open files and sockets",
  process_max_fds: "Files and sockets that may be open",
  nodejs_heap_size_total_bytes: "JavaScript heap",
  nodejs_heap_size_used_bytes: "JavaScript heap in use",
  nodejs_external_memory_bytes: "Buffers and the like outside the heap",
  nodejs_eventloop_lag_p50_seconds: "How late the event loop was since the last scrape, median",
  nodejs_eventloop_lag_p99_seconds: "How late the event loop was since the last scrape, 99th percentile",
  nodejs_eventloop_lag_max_seconds: "How late the event loop was since the last scrape, the worst",
};
export type ProcessMetric = keyof typeof processHelp;

export const answers = {
  onlyGet: "Only GET.",
  notFound: "There are /health and /metrics.",
  tooOften: "Too often.",
  fault: "The fault is the server's.",
};
