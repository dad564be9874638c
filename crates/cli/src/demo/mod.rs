//! The main job, played on this machine through the engine's public interface: two devices, seven folders, offline edits on
//! both sides, one conflict of each sort, and proof that both end with the same.

mod pdf;
mod story;

use std::path::PathBuf;

use enginus_engine::api::{Failure, FailureKind};

use crate::Call;
use crate::home::absolute;

/// Plays the story and tells it; answers the owner's home.
pub(crate) async fn play(call: &Call, dir: Option<PathBuf>) -> Result<PathBuf, Failure> {
    let dir = match dir {
        Some(dir) => absolute(dir)?,
        None => std::env::temp_dir().join(format!("enginus-demo-{}", std::process::id())),
    };
    if std::fs::read_dir(&dir).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Failure::new(FailureKind::Conflict, format!("{} is not empty", dir.display()))
            .hint("give the demo a new folder"));
    }
    std::fs::create_dir_all(&dir).map_err(|error| {
        Failure::new(FailureKind::Storage, format!("{} cannot be made: {error}", dir.display()))
            .hint("choose another folder: enginus demo DIR")
    })?;
    story::tell(call, dir).await
}
