//! What the window needs of an engine, and nothing more; tests stand their own behind it.

use std::sync::Arc;

use enginus_engine::api::{Command, HomeSnapshot, ProjectSnapshot, Update};
use enginus_model::{Instant, ProjectId};

/// An open home. No call blocks.
pub trait Backend: Send {
    /// Starts a command.
    fn run(&self, command: Command) -> Box<dyn Work>;
    /// The home as it is.
    fn home(&self) -> Arc<HomeSnapshot>;
    /// A project as it is.
    fn project(&self, id: &ProjectId) -> Option<Arc<ProjectSnapshot>>;
    /// A number that rises whenever one of them changed.
    fn version(&self) -> u64;
    /// A person moved the pointer or pressed a key: the keys do not lock by themselves yet.
    fn person_is_here(&self) {}
    /// The time by this device's clock, beside what the window says and counts down.
    #[expect(clippy::disallowed_methods, reason = "shown to the person at this window, and neither kept nor compared")]
    fn now(&self) -> Instant {
        Instant(jiff::Timestamp::now().as_millisecond())
    }
}

/// A command on its way.
pub trait Work {
    /// The next update, if there is one.
    fn try_next(&mut self) -> Option<Update>;
    /// Asks it to stop.
    fn cancel(&self);
}
