//! Work on files and dialogs of the system, done beside the window.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};

use egui::ColorImage;

use crate::settings::Settings;

/// Files taken from one drop; a whole disk is not a delivery.
pub(crate) const FILES_MAX: usize = 5_000;
/// How deep folders are followed.
const DEPTH_MAX: usize = 12;

/// A file that was found where a person pointed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundFile {
    /// Where it is.
    pub path: PathBuf,
    /// The folder it lies in below what was dropped, `/` between names.
    pub subfolder: String,
    /// Bytes.
    pub size: u64,
}

/// What a system dialog is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PickFor {
    /// Files to add.
    Add,
    /// A folder of files to add.
    AddFolder,
    /// Files of a revision.
    Revise,
    /// A folder that serves as bucket.
    Bucket,
    /// A bundle to read.
    Bundle,
    /// A place to write to, with a name to begin with, and what for.
    Place(String, Target),
}

/// What is written to a place picked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// The file of a revision: document and revision id.
    Document(String, Option<String>),
    /// A folder's log.
    Log(String),
    /// The project.
    Bundle,
}

/// What was done.
#[derive(Debug)]
pub(crate) enum Done {
    /// Files were looked through; `true` when there were more than may be taken.
    Found(PickFor, Vec<FoundFile>, bool),
    /// A place was chosen.
    Picked(PickFor, PathBuf),
    /// The square picture of a text; `None` when the text is too long for one.
    Qr(String, Option<ColorImage>),
    /// A folder is there to write a file for looking at.
    Ready(PathBuf, String, Option<String>),
    /// Something could not be done; the text is the system's.
    Failed(String),
}

/// The helpers. Each piece of work has its own short-lived thread: a dialog left open holds nothing up.
pub(crate) struct Desk {
    done: Receiver<Done>,
    sender: Sender<Done>,
    wake: std::sync::Arc<dyn Fn() + Send + Sync>,
}

impl Desk {
    /// `wake` is called when something is done.
    #[must_use]
    pub(crate) fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        let (sender, done) = channel();
        Self { done, sender, wake: std::sync::Arc::new(wake) }
    }

    /// What was done since.
    pub(crate) fn poll(&mut self) -> Option<Done> {
        self.done.try_recv().ok()
    }

    fn spawn(&self, work: impl FnOnce() -> Option<Done> + Send + 'static) {
        let (sender, wake) = (self.sender.clone(), std::sync::Arc::clone(&self.wake));
        let spawned = std::thread::Builder::new().name("desk".to_owned()).spawn(move || {
            if let Some(done) = work() {
                let _ = sender.send(done);
                wake();
            }
        });
        if let Err(error) = spawned {
            let _ = self.sender.send(Done::Failed(error.to_string()));
        }
    }

    /// Looks through files and folders that were dropped or picked.
    pub(crate) fn look_through(&self, purpose: PickFor, paths: Vec<PathBuf>) {
        self.spawn(move || {
            let (files, more) = find_files(&paths);
            Some(Done::Found(purpose, files, more))
        });
    }

    /// Lets the person pick. Nothing happens when they think better of it.
    pub(crate) fn pick(&self, purpose: PickFor, title: String) {
        self.spawn(move || {
            let dialog = rfd::FileDialog::new().set_title(title);
            let found = |purpose, paths: Vec<PathBuf>| {
                let (files, more) = find_files(&paths);
                Some(Done::Found(purpose, files, more))
            };
            match &purpose {
                PickFor::Add | PickFor::Revise => found(purpose, dialog.pick_files()?),
                PickFor::AddFolder => found(purpose, vec![dialog.pick_folder()?]),
                PickFor::Bucket => Some(Done::Picked(purpose, dialog.pick_folder()?)),
                PickFor::Bundle => Some(Done::Picked(purpose, dialog.pick_file()?)),
                PickFor::Place(name, _) => {
                    let place = dialog.set_file_name(name.clone()).save_file()?;
                    Some(Done::Picked(purpose, place))
                }
            }
        });
    }

    /// Keeps the settings.
    pub(crate) fn save(&self, settings: Settings, home: PathBuf) {
        self.spawn(move || {
            let saved = settings.save(&home);
            saved.err().map(|error| Done::Failed(error.to_string()))
        });
    }

    /// Draws a text as a QR code.
    pub(crate) fn draw_qr(&self, text: String) {
        self.spawn(move || {
            let picture = qr(&text);
            Some(Done::Qr(text, picture))
        });
    }

    /// Makes the folder a file is written to for looking at.
    pub(crate) fn make_ready(&self, folder: PathBuf, document: String, revision: Option<String>) {
        self.spawn(move || match std::fs::create_dir_all(&folder) {
            Ok(()) => Some(Done::Ready(folder, document, revision)),
            Err(error) => Some(Done::Failed(error.to_string())),
        });
    }

    /// Shows a file in the system's own viewer.
    pub(crate) fn open(&self, path: PathBuf) {
        self.spawn(move || open::that_detached(path).err().map(|error| Done::Failed(error.to_string())));
    }
}

/// Files among `paths` and inside the folders among them, in order of name; whether there were more than may be taken.
fn find_files(paths: &[PathBuf]) -> (Vec<FoundFile>, bool) {
    let mut files = Vec::new();
    for path in paths {
        visit(path, String::new(), 0, &mut files);
    }
    let more = files.len() > FILES_MAX;
    files.truncate(FILES_MAX);
    (files, more)
}

fn visit(path: &Path, subfolder: String, depth: usize, files: &mut Vec<FoundFile>) {
    let Ok(meta) = std::fs::metadata(path) else {
        // It vanished or may not be read: the engine says so when it is added.
        files.push(FoundFile { path: path.to_owned(), subfolder, size: 0 });
        return;
    };
    if !meta.is_dir() {
        files.push(FoundFile { path: path.to_owned(), subfolder, size: meta.len() });
        return;
    }
    let Ok(entries) = std::fs::read_dir(path) else { return };
    let mut inside: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    inside.sort();
    for entry in inside {
        let Some(name) = entry.file_name().and_then(|name| name.to_str()) else { continue };
        if depth >= DEPTH_MAX || files.len() > FILES_MAX || name.starts_with('.') || entry.is_symlink() {
            continue;
        }
        // The folder that was dropped is the project folder itself; only what lies below it is a subfolder.
        let below = match (entry.is_dir(), subfolder.is_empty()) {
            (false, _) => subfolder.clone(),
            (true, true) => name.to_owned(),
            (true, false) => format!("{subfolder}/{name}"),
        };
        visit(&entry, below, depth + 1, files);
    }
}

/// Capitals take less room and mean the same in a ticket. Dark squares on white with the quiet border the standard asks for, one pixel a module.
fn qr(text: &str) -> Option<ColorImage> {
    const QUIET: usize = 4;
    let code = qrcode::QrCode::with_error_correction_level(text.to_ascii_uppercase(), qrcode::EcLevel::L).ok()?;
    let modules = code.width();
    let side = modules + 2 * QUIET;
    let mut picture = ColorImage::filled([side, side], egui::Color32::WHITE);
    for (at, module) in code.to_colors().into_iter().enumerate() {
        if module == qrcode::Color::Dark {
            picture.pixels[(at / modules + QUIET) * side + at % modules + QUIET] = egui::Color32::BLACK;
        }
    }
    Some(picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_followed_and_their_names_become_subfolders() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("drawings/electrical")).unwrap();
        std::fs::create_dir_all(dir.path().join(".hidden")).unwrap();
        for name in ["b.pdf", "drawings/a.pdf", "drawings/electrical/c.pdf", ".hidden/d.pdf", "drawings/.e"] {
            std::fs::write(dir.path().join(name), name).unwrap();
        }
        let (files, more) = find_files(&[dir.path().to_owned()]);
        let found: Vec<_> = files
            .iter()
            .map(|f| (f.path.file_name().unwrap().to_str().unwrap(), f.subfolder.as_str(), f.size))
            .collect();
        assert_eq!(found, [("b.pdf", "", 5), ("a.pdf", "drawings", 14), ("c.pdf", "drawings/electrical", 25)]);
        assert!(!more);
    }

    #[test]
    fn a_file_that_vanished_is_still_listed() {
        let (files, _) = find_files(&[PathBuf::from("/nowhere/at/all.pdf")]);
        assert_eq!(files.len(), 1);
    }

    #[test]
    fn a_ticket_is_drawn_and_one_that_is_too_long_is_not() {
        let picture = qr("enginus1abcdef").unwrap();
        assert_eq!(picture.size[0], picture.size[1]);
        assert_eq!(picture.pixels[0], egui::Color32::WHITE);
        assert!(picture.pixels.contains(&egui::Color32::BLACK));
        assert!(qr(&"x".repeat(5_000)).is_none());
    }
}
