//! Finding folders and documents by what a person calls them, and telling about them.

use std::sync::Arc;

use enginus_model::{DocumentId, DomainId, PersonId, RevisionCode, fold};
use enginus_query::{Author, DocumentRow, FolderView, RevisionRow, ViewRow};

use super::Project;
use crate::api::{ConflictInfo, DocumentInfo, DocumentListing, Failure, FailureKind, FileInfo, RevisionInfo};

impl Project {
    /// The folder a person means: its name in any language, its slug, or its id.
    pub(crate) fn find_folder(&self, wanted: &str) -> Result<DomainId, Failure> {
        let folded = fold(wanted.trim());
        let found: Vec<DomainId> = self
            .settings()
            .folders
            .iter()
            .filter(|(domain, folder)| {
                domain.to_string() == wanted
                    || fold(&folder.slug) == folded
                    || folder.names.values().any(|name| fold(name) == folded)
            })
            .map(|(domain, _)| *domain)
            .collect();
        match found.as_slice() {
            [domain] if self.shows(domain) => Ok(*domain),
            [_] => Err(Failure::new(FailureKind::NotAllowed, format!("your role does not let you read {wanted}"))
                .hint("ask the owner or the document controller")),
            [] => {
                let mut failure = Failure::new(FailureKind::NotFound, format!("there is no folder \"{wanted}\""));
                failure.candidates = self.folder_names();
                Err(failure.hint("use one of the folder names of the project"))
            }
            several => {
                let mut failure = Failure::new(FailureKind::Ambiguous, format!("\"{wanted}\" names several folders"));
                failure.candidates = several.iter().map(ToString::to_string).collect();
                Err(failure.hint("use the folder's id"))
            }
        }
    }

    /// The folders' names in order, in the project's language.
    pub(crate) fn folder_names(&self) -> Vec<String> {
        self.settings().ordered_folders().iter().map(|(domain, _)| self.settings().folder_name(domain)).collect()
    }

    /// The readable folders in order, as they are shown.
    pub(crate) fn readable_folders(&self) -> Vec<(DomainId, &FolderView)> {
        self.readable(|domain| self.state.shown(domain))
    }

    /// The readable folders in order, as far as their envelopes are here.
    pub(crate) fn arrived_folders(&self) -> Vec<(DomainId, &FolderView)> {
        self.readable(|domain| self.state.folders.get(domain))
    }

    fn readable<'a>(&'a self, view: impl Fn(&DomainId) -> Option<&'a FolderView>) -> Vec<(DomainId, &'a FolderView)> {
        self.settings()
            .ordered_folders()
            .into_iter()
            .filter(|(domain, _)| self.shows(domain))
            .filter_map(|(domain, _)| Some((domain, view(&domain)?)))
            .collect()
    }

    /// A folder as it is shown.
    pub(crate) fn folder(&self, domain: &DomainId) -> Option<&FolderView> {
        self.state.shown(domain)
    }

    /// The document a person means: `NUMBER`, `FOLDER/NUMBER`, an id or the start of one.
    pub(crate) fn find_document(&self, wanted: &str) -> Result<Arc<ViewRow>, Failure> {
        let wanted = wanted.trim();
        let folders = self.readable_folders();
        if let Ok(id) = wanted.parse::<DocumentId>()
            && let Some(row) = folders.iter().find_map(|(_, view)| view.get(&id))
        {
            return Ok(row.clone());
        }
        let mut found = by_number(&folders, wanted);
        if found.is_empty()
            && let Some((folder, number)) = wanted.split_once('/')
            && let Ok(domain) = self.find_folder(folder)
        {
            found = by_number(&folders, number);
            found.retain(|row| row.domain == domain);
        }
        if found.is_empty() && wanted.len() >= 8 {
            found = folders
                .iter()
                .flat_map(|(_, view)| view.rows())
                .filter(|row| row.id.to_string().starts_with(wanted))
                .cloned()
                .collect();
        }
        if found.len() > 1 && found.iter().filter(|row| row.removed.is_none()).count() == 1 {
            found.retain(|row| row.removed.is_none());
        }
        match found.as_slice() {
            [row] => Ok(row.clone()),
            [] => Err(Failure::new(FailureKind::NotFound, format!("there is no document \"{wanted}\""))
                .hint("`enginus doc list` shows the numbers")),
            several => {
                let mut failure =
                    Failure::new(FailureKind::Ambiguous, format!("\"{wanted}\" names {} documents", several.len()));
                failure.candidates = several
                    .iter()
                    .map(|row| format!("{}/{} ({})", self.settings().folder_name(&row.domain), row.number, row.id))
                    .collect();
                Err(failure.hint("use FOLDER/NUMBER or the document's id"))
            }
        }
    }

    /// The revision a person means: a code, the start of an id, or the current one.
    pub(crate) fn find_revision(&self, row: &DocumentRow, wanted: Option<&str>) -> Result<RevisionRow, Failure> {
        let Some(wanted) = wanted else {
            return row.current().cloned().ok_or_else(|| {
                Failure::new(FailureKind::NotFound, format!("{} is planned and has no file yet", row.number))
                    .hint("add one with `enginus doc revise`")
            });
        };
        let code = RevisionCode::new(wanted);
        let mut found: Vec<&RevisionRow> =
            row.revisions.iter().filter(|revision| RevisionCode::new(&revision.code) == code).collect();
        if found.is_empty() && wanted.len() >= 4 {
            found = row.revisions.iter().filter(|revision| revision.id.to_string().starts_with(wanted)).collect();
        }
        match found.as_slice() {
            [revision] => Ok((*revision).clone()),
            [] => {
                let mut failure =
                    Failure::new(FailureKind::NotFound, format!("{} has no revision \"{wanted}\"", row.number));
                failure.candidates = row.revisions.iter().map(|revision| revision.code.to_string()).collect();
                Err(failure.hint("use one of its revision codes"))
            }
            several => {
                let mut failure = Failure::new(
                    FailureKind::Ambiguous,
                    format!("{} has {} revisions \"{wanted}\" in conflict", row.number, several.len()),
                );
                failure.candidates = several
                    .iter()
                    .map(|revision| format!("{} {}, {}", revision.id, revision.code, self.author_name(&revision.by)))
                    .collect();
                Err(failure.hint("use the revision's id with --rev"))
            }
        }
    }

    /// A person's name as the directory has it, else the start of their key.
    pub(crate) fn person_name(&self, person: &PersonId) -> String {
        match self.state.directory.get(person) {
            Some(card) if !card.name.is_empty() => card.name.clone(),
            _ => person.short(),
        }
    }

    pub(crate) fn author_name(&self, author: &Author) -> String {
        author.person.map_or_else(|| author.device.short(), |person| self.person_name(&person))
    }

    /// A line of `doc list`.
    pub(crate) fn listing(&self, row: &DocumentRow) -> DocumentListing {
        let current = row.current();
        let (by, at) = current.map_or((&row.by, row.at), |revision| (&revision.by, revision.at));
        let file = current.and_then(|revision| revision.files.first());
        DocumentListing {
            id: row.id,
            folder: self.settings().folder_name(&row.domain),
            path: row.path.to_string(),
            number: row.number.clone(),
            title: row.title.clone(),
            revision: current.map_or_else(String::new, |revision| revision.code.to_string()),
            status: current.map_or_else(String::new, |revision| revision.status.to_string()),
            reason: current.map_or_else(String::new, |revision| revision.reason.to_string()),
            added_by: self.author_name(by),
            added_at: at.to_string(),
            file: file.map(|file| file.name.clone()),
            size: file.map(|file| file.size),
            sha256: file.map(|file| file.sha256),
            revision_count: row.revisions.len() as u64,
            conflict: row.needs_attention(),
            removed: row.removed.is_some(),
            fields: row.fields.to_map(),
        }
    }

    /// A document in full; `here` tells whether a file's bytes are on this device.
    pub(crate) fn document_info(
        &self,
        row: &DocumentRow,
        here: impl Fn(&enginus_model::FileRef) -> bool,
    ) -> DocumentInfo {
        let revision = |revision: &RevisionRow| RevisionInfo {
            id: revision.id,
            revision: revision.code.to_string(),
            status: revision.status.to_string(),
            reason: revision.reason.to_string(),
            added_by: self.author_name(&revision.by),
            added_at: revision.at.to_string(),
            sha256: revision.files.first().map(|file| file.sha256),
            files: revision
                .files
                .iter()
                .map(|file| FileInfo {
                    name: file.name.clone(),
                    size: file.size,
                    sha256: file.sha256,
                    here: here(file),
                })
                .collect(),
            in_conflict: revision.in_conflict,
        };
        DocumentInfo {
            listing: self.listing(row),
            all_revisions: row.revisions.iter().map(revision).collect(),
            conflicts: row
                .conflicts
                .iter()
                .map(|conflict| ConflictInfo {
                    field: conflict.field.clone(),
                    shown: conflict.winner.clone(),
                    others: conflict.losers.iter().map(|(value, by)| (value.clone(), self.author_name(by))).collect(),
                })
                .collect(),
            number_clash: row.number_clash,
        }
    }

    /// A document as it is shown.
    pub(crate) fn row(&self, domain: &DomainId, id: &DocumentId) -> Option<Arc<ViewRow>> {
        self.state.shown(domain)?.get(id).cloned()
    }
}

fn by_number(folders: &[(DomainId, &FolderView)], number: &str) -> Vec<Arc<ViewRow>> {
    folders.iter().flat_map(|(_, view)| view.numbered(number)).cloned().collect()
}
