//! Objects as files: `<folder>/<project>/<first byte of the name>/<name>`, in hexadecimal.
//!
//! Files, also where they are small: a chunk has up to 4 MiB, which a database would copy through its pages, hold in its cache and
//! hardly ever give back to the disk; the few small ones are not worth a second way. A file gets its name only once it is whole
//! and durable.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use enginus_model::{Hash, ProjectId};

use super::medium::sync_folder_of;

/// Ends the names of files that are being written.
const UNFINISHED: &str = "new";

/// The folder of all objects.
#[derive(Debug)]
pub(crate) struct ObjectFiles {
    folder: PathBuf,
    /// Tells apart files that are being written at once.
    next: AtomicU64,
}

impl ObjectFiles {
    /// Opens the folder, making it where it is missing.
    pub(crate) fn open(folder: PathBuf) -> io::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        sync_folder_of(&folder)?;
        Ok(Self { folder, next: AtomicU64::new(0) })
    }

    fn project(&self, project: &ProjectId) -> PathBuf {
        self.folder.join(hex::encode(project.as_bytes()))
    }

    fn path(&self, project: &ProjectId, name: &Hash) -> PathBuf {
        let name = hex::encode(name.as_bytes());
        self.project(project).join(&name[..2]).join(name)
    }

    /// Writes a file and makes it durable under its name.
    pub(crate) fn put(&self, project: &ProjectId, name: &Hash, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(project, name);
        if let Some(folder) = path.parent()
            && !folder.is_dir()
        {
            std::fs::create_dir_all(folder)?;
            sync_folder_of(folder)?;
            sync_folder_of(&self.project(project))?;
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let unfinished = path.with_extension(format!("{number}.{UNFINISHED}"));
        let written = File::create(&unfinished).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        if let Err(error) = written.and_then(|()| std::fs::rename(&unfinished, &path)) {
            // On a full disk what was begun must not keep the room.
            let _ = std::fs::remove_file(&unfinished);
            return Err(error);
        }
        sync_folder_of(&path)
    }

    /// A file's bytes, whatever they are.
    pub(crate) fn get(&self, project: &ProjectId, name: &Hash) -> io::Result<Option<Vec<u8>>> {
        found(std::fs::read(self.path(project, name)))
    }

    /// Removes a file; no failure where it is gone.
    pub(crate) fn remove(&self, project: &ProjectId, name: &Hash) -> io::Result<()> {
        found(std::fs::remove_file(self.path(project, name))).map(drop)
    }

    /// Removes all files of a project.
    pub(crate) fn remove_project(&self, project: &ProjectId) -> io::Result<()> {
        found(std::fs::remove_dir_all(self.project(project))).map(drop)
    }

    /// Removes what a crash left: files that were being written, and folders of projects that are not `kept`.
    pub(crate) fn clean(&self, kept: &[ProjectId]) -> io::Result<()> {
        let kept: std::collections::BTreeSet<String> = kept.iter().map(|id| hex::encode(id.as_bytes())).collect();
        for entry in std::fs::read_dir(&self.folder)? {
            let entry = entry?;
            if entry.file_name().to_str().is_some_and(|name| kept.contains(name)) {
                for shard in std::fs::read_dir(entry.path())? {
                    remove_unfinished(&shard?.path())?;
                }
            } else {
                found(std::fs::remove_dir_all(entry.path()))?;
            }
        }
        Ok(())
    }

    #[cfg(test)]
    pub(crate) fn damage(&self, project: &ProjectId, name: &Hash) {
        std::fs::write(self.path(project, name), b"something else").unwrap();
    }
}

fn remove_unfinished(shard: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(shard)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == UNFINISHED) {
            found(std::fs::remove_file(path))?;
        }
    }
    Ok(())
}

fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
