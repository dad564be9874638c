//! What the window needs of an engine, and nothing more; tests stand their own behind it.

use std::sync::Arc;

use enginus_engine::api::{Command, HomeSnapshot, ProjectSnapshot, Update};
use enginus_model::ProjectId;

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
}

/// A command on its way.
pub trait Work {
    /// The next update, if there is one.
    fn try_next(&mut self) -> Option<Update>;
    /// Asks it to stop.
    fn cancel(&self);
}
