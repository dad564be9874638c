//! Where a story is played: a folder that vanishes afterwards.

use std::path::{Path, PathBuf};

use crate::drawing;

/// A story's folder, with a place for the drawings that people have on their disks.
#[derive(Debug)]
pub struct Stage(tempfile::TempDir);

impl Default for Stage {
    fn default() -> Self {
        Self::new()
    }
}

impl Stage {
    /// An empty stage.
    #[must_use]
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A path on the stage.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A drawing on somebody's disk; another seed is another content under the same name.
    #[must_use]
    pub fn drawing(&self, name: &str, seed: u32) -> PathBuf {
        self.file(&format!("drawings/{seed}/{name}"), &drawing(name, seed))
    }

    /// A file with this content.
    #[must_use]
    pub fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// The address of a local folder as a bucket.
    #[must_use]
    pub fn bucket(&self, name: &str) -> String {
        format!("file://{}", self.path(name).display())
    }
}

/// Copies a folder with everything in it; sockets and the like are left out.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (kind, target) = (entry.file_type().unwrap(), to.join(entry.file_name()));
        if kind.is_dir() {
            copy_folder(&entry.path(), &target);
        } else if kind.is_file() {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Every file below a folder.
#[must_use]
pub fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            files.extend(files_under(&entry.path()));
        } else {
            files.push(entry.path());
        }
    }
    files.sort();
    files
}
