//! Every bound of the protocol in one place. Sizes are bytes, times are milliseconds.

/// The longest frame that is sent or read.
pub const MAX_FRAME_BYTES: usize = 1 << 20;
/// How many bytes of envelopes one answer carries; an envelope that is longer goes alone, in pieces of this size.
pub const ENVELOPES_BYTES: usize = 256 << 10;
/// How many bytes of one log are pushed unasked; a longer stretch waits to be asked for.
pub const PUSH_BYTES: usize = 128 << 10;
/// How many bytes may be handed to the transport before it has to say that they are gone ([`Event::Drained`](crate::Event)).
pub const SEND_WINDOW_BYTES: usize = 4 << 20;
/// How many bytes of envelopes may be handed over for storing and not be durable yet; beyond it nothing more is asked for.
pub const MAX_TAKEN_BYTES: usize = 16 << 20;
/// How many ranges may be asked for at the same time.
pub const MAX_WANTS: usize = 4;
/// How many questions of the peer may wait for an answer; a peer that asks more is flooding.
pub const MAX_QUESTIONS: usize = 64;
/// How many logs are kept in mind as missing something; of a longer list the rest is asked for when these are here.
pub const MAX_MISSING_LOGS: usize = 16_384;
/// How many branches of one log are tracked for a peer; a log with more is still exchanged in full, by range.
pub const MAX_BRANCHES: usize = 16;
/// How many tips one frame states.
pub const TIPS_PER_FRAME: usize = 4096;
/// How many places of a log one probe asks about.
pub const MAX_PROBES: usize = 64;
/// How many credentials a joiner may show.
pub const MAX_CREDENTIALS: usize = 256;
/// The longest snapshot that is taken in.
pub const MAX_SNAPSHOT_BYTES: u64 = 64 << 20;
/// How many snapshots of one domain may be offered.
pub const MAX_OFFERS: usize = 256;
/// How many envelopes of a domain must be missing before a snapshot is asked for.
pub const SNAPSHOT_THRESHOLD: u64 = 256;
/// How many frames may arrive before the peer has said hello.
pub const MAX_EARLY_FRAMES: u32 = 64;
/// After this long without an answer, hello is said again.
pub const HELLO_AGAIN_MS: i64 = 5_000;
/// After this long in which no answer came, a question is asked again.
pub const ANSWER_TIMEOUT_MS: i64 = 60_000;
/// After this long, envelopes that were taken and not reported durable are asked for again.
pub const STORE_TIMEOUT_MS: i64 = 60_000;
/// How often the own digest is stated when there is nothing else to say.
pub const KEEPALIVE_MS: i64 = 15_000;
/// After this long in which nothing at all was received, the peer is gone.
pub const SILENCE_MS: i64 = 120_000;
/// After this long without progress while the digests differ, both lists are exchanged again.
pub const RESYNC_MS: i64 = 10_000;
/// The same, at most: the interval doubles each time it did not help.
pub const MAX_RESYNC_MS: i64 = 300_000;
