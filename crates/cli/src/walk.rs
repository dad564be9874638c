//! From what a person names to the files that are added.

use std::path::{Path, PathBuf};

use enginus_engine::api::{Failure, FailureKind, FileToAdd};

use crate::home::absolute;

/// Subfolders deeper than this are a mistake.
const DEPTH_MAX: usize = 32;

/// The files under `paths`, in order of name; folders only where `recursive`.
pub(crate) fn files(paths: Vec<PathBuf>, recursive: bool) -> Result<Vec<FileToAdd>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        let path = absolute(path)?;
        if path.is_dir() {
            if !recursive {
                return Err(Failure::new(FailureKind::Invalid, format!("{} is a folder", path.display()))
                    .hint("give --recursive to add the files in it"));
            }
            folder(&path, "", 0, &mut found)?;
        } else {
            found.push(FileToAdd { path, ..FileToAdd::default() });
        }
    }
    if found.is_empty() {
        return Err(Failure::new(FailureKind::Invalid, "there is no file in what was named"));
    }
    Ok(found)
}

fn folder(path: &Path, subfolder: &str, depth: usize, found: &mut Vec<FileToAdd>) -> Result<(), Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::new(FailureKind::BadInput, format!("{} cannot be read: {error}", path.display()))
            .hint("look at the folder's permissions")
    };
    if depth > DEPTH_MAX {
        return Err(Failure::new(FailureKind::Invalid, format!("{} is too deep", path.display())));
    }
    let mut entries =
        std::fs::read_dir(path).map_err(unreadable)?.collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        // Hidden files and what file managers and Office leave behind are no documents.
        if name.starts_with('.') || name.starts_with("~$") || name == "Thumbs.db" || name == "desktop.ini" {
            continue;
        }
        let kind = entry.file_type().map_err(unreadable)?;
        if kind.is_dir() {
            let below = if subfolder.is_empty() { name } else { format!("{subfolder}/{name}") };
            folder(&entry.path(), &below, depth + 1, found)?;
        } else if kind.is_file() {
            found.push(FileToAdd { path: entry.path(), subfolder: subfolder.to_owned(), ..FileToAdd::default() });
        }
    }
    Ok(())
}
