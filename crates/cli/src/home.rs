//! Where the home is when nobody says.

use std::path::PathBuf;

use enginus_engine::api::{Failure, FailureKind};

/// The home asked for, made absolute, or the standard place for this system's applications.
pub(crate) fn choose(asked: Option<PathBuf>) -> Result<PathBuf, Failure> {
    let home = match asked {
        Some(home) => home,
        None => directories::ProjectDirs::from("", "", "enginus")
            .map(|folders| folders.data_dir().to_owned())
            .ok_or_else(|| {
                Failure::new(FailureKind::Invalid, "this system names no folder for applications' data")
                    .hint("choose one with --home DIR")
            })?,
    };
    absolute(home)
}

/// An absolute form of a path that may not exist yet.
pub(crate) fn absolute(path: PathBuf) -> Result<PathBuf, Failure> {
    std::path::absolute(&path)
        .map_err(|error| Failure::new(FailureKind::Invalid, format!("\"{}\" is no path: {error}", path.display())))
}
