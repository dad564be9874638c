//! How far a long operation is.

/// Bytes done of bytes in all; what bytes are counted, the operation says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Done so far, in bytes. Never goes down within one operation.
    pub done_bytes: u64,
    /// In all, in bytes.
    pub total_bytes: u64,
}

/// Called after each piece of work, from whatever thread does it; it must return at once.
pub type OnProgress<'a> = &'a (dyn Fn(Progress) + Send + Sync);
