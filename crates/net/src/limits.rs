//! Every bound of this crate in one place.

use std::time::Duration;

/// The longest frame of a sync stream: 1 MiB of the protocol's own, and room for what the engine puts around it.
pub const MAX_SYNC_FRAME_BYTES: usize = (1 << 20) + 1024;
/// The longest sealed object: a chunk of 4 MiB, and room for what sealing adds.
pub const MAX_OBJECT_BYTES: usize = (4 << 20) + 1024;
/// The longest frame while a device is let in: what its person has, which is names and addresses.
pub const MAX_PAIRING_FRAME_BYTES: usize = 1 << 20;
/// How much is set aside for a frame before its bytes arrive: a length alone costs its sender nothing.
pub(crate) const ROOM_AHEAD_BYTES: usize = 64 << 10;
/// Frames up to this length leave in one piece with their length.
pub(crate) const SMALL_FRAME_BYTES: usize = 16 << 10;

/// Streams that one connection may have open in each direction.
pub const MAX_STREAMS: u32 = 64;
/// Bytes that one connection may have in flight towards this device, over all its streams.
pub(crate) const CONNECTION_WINDOW_BYTES: u32 = 16 << 20;
/// Connections from others at the same time, to a device.
pub(crate) const MAX_CONNECTIONS: usize = 256;
/// Connections from one device at the same time: both sides may dial at once, and a lost one lingers.
pub(crate) const MAX_CONNECTIONS_PER_DEVICE: usize = 4;
/// Callers that may be proving who they are at the same time, to a device.
pub(crate) const MAX_HANDSHAKES: usize = 64;
/// Bytes that one connection may have in flight towards a mailbox: thousands of them stand at the same time.
pub(crate) const MAILBOX_WINDOW_BYTES: u32 = 2 << 20;
/// Devices that may be waiting to be let in at the same time.
pub(crate) const MAX_PAIRINGS_WAITING: usize = 4;
/// Connections that were accepted and not yet taken.
pub(crate) const MAX_ACCEPTED_WAITING: usize = 32;

/// How long a caller may take to prove who it is.
pub(crate) const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long a stream may take to begin, and then to say what it is for.
pub(crate) const OPENING: Duration = Duration::from_secs(10);
/// How long an answer may make no progress while it is waited for.
pub(crate) const ANSWER_PATIENCE: Duration = Duration::from_secs(30);
/// How long the other side may read nothing while it is sent something.
pub(crate) const SEND_PATIENCE: Duration = Duration::from_secs(120);
/// How long the end of a stream waits for the other side to have read everything.
pub(crate) const FINISH_PATIENCE: Duration = Duration::from_secs(10);
/// After this long without a sign of life a connection is lost; a sign is given every five seconds.
pub(crate) const SILENCE_MS: u32 = 20_000;
