//! What was looked at already in search of files that are not here, so that a large project is not walked again for every envelope
//! that arrives.

use std::collections::{BTreeMap, BTreeSet};

use enginus_model::{DocumentId, DomainId, FileRef};
use enginus_query::FolderView;

use super::super::Project;
use super::kept_of;

/// The folders as they were looked at, and the documents of which a file was missing. Empty where everything has to be looked at.
#[derive(Default)]
pub(in super::super) struct Looked {
    folders: BTreeMap<DomainId, FolderView>,
    lacking: BTreeSet<(DomainId, DocumentId)>,
}

impl Project {
    /// The files this device keeps by rule and that do not count as here. Only documents that changed since the last call, and those
    /// that lacked something then, are looked at.
    pub(super) fn files_to_look_for(&mut self) -> Vec<(DomainId, FileRef)> {
        let mut looked = std::mem::take(&mut self.state.looked);
        let folders: BTreeMap<DomainId, FolderView> =
            self.arrived_folders().into_iter().map(|(domain, view)| (domain, view.clone())).collect();
        for (domain, view) in &folders {
            let nothing = FolderView::new(*domain);
            let earlier = looked.folders.get(domain).unwrap_or(&nothing);
            looked.lacking.extend(view.changed_since(earlier).map(|row| (*domain, row.id)));
        }
        let mut files = Vec::new();
        looked.lacking.retain(|(domain, document)| {
            let before = files.len();
            let row = folders.get(domain).and_then(|view| view.get(document));
            let absent =
                row.into_iter().flat_map(|row| kept_of(row)).filter(|file| !self.is_here(&file.manifest.object));
            files.extend(absent.map(|file| (*domain, file.clone())));
            files.len() > before
        });
        looked.folders = folders;
        self.state.looked = looked;
        files
    }
}
