//! Which projects the operator lets in. What a device may do within a project is said by the project's own access list, not here.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;

use enginus_model::{Hash, ProjectId};

use crate::config::{AdmissionMode, Config, Secrets};

/// The list that `enginus-relay project allow` keeps, in the data folder: one id a line.
const FILE: &str = "projects.allowed";

/// Why a project is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAdmitted {
    /// It is on no list.
    #[error("this relay does not serve the project; ask its operator to allow it")]
    NotListed,
    /// The code it showed is none of this relay's.
    #[error("the invitation code is not one of this relay's; ask its operator for a code")]
    BadInvitation,
}

/// The operator's word on which projects may be opened here.
#[derive(Debug)]
pub struct Admission {
    mode: AdmissionMode,
    listed: BTreeSet<ProjectId>,
    /// Hashes, so that comparing one takes the same time whatever it is.
    invitations: Vec<blake3::Hash>,
    file: PathBuf,
}

impl Admission {
    /// As the configuration says.
    #[must_use]
    pub fn new(config: &Config, secrets: &Secrets) -> Self {
        Self {
            mode: config.admission.mode,
            listed: config.admission.projects.iter().filter_map(|id| id.parse().ok()).collect(),
            invitations: secrets.invitations.iter().map(|code| blake3::hash(code.as_bytes())).collect(),
            file: config.server.data.join(FILE),
        }
    }

    /// Whether a project may be opened here, with the code its device shows, if any. The list is read anew, so that an operator's
    /// `project allow` holds at once. Blocks shortly.
    ///
    /// # Errors
    /// [`NotAdmitted`] says why not.
    pub fn check(&self, project: &ProjectId, invitation: Option<&str>) -> Result<(), NotAdmitted> {
        if self.mode == AdmissionMode::Open || self.listed.contains(project) {
            return Ok(());
        }
        let allowed = self.allowed().unwrap_or_else(|e| {
            tracing::error!(error = %e, "the list of allowed projects cannot be read");
            BTreeSet::new()
        });
        if allowed.contains(project) {
            return Ok(());
        }
        match (self.mode, invitation) {
            (AdmissionMode::Invitation, Some(code)) => {
                let shown = blake3::hash(code.as_bytes());
                // blake3::Hash compares in constant time.
                let known = self.invitations.iter().fold(false, |known, code| known | (*code == shown));
                if known { Ok(()) } else { Err(NotAdmitted::BadInvitation) }
            }
            _ => Err(NotAdmitted::NotListed),
        }
    }

    /// Whether a project that is kept is served no more: the operator took it off the list.
    #[must_use]
    pub fn is_barred(&self, project: &ProjectId) -> bool {
        self.mode == AdmissionMode::AllowList && self.check(project, None).is_err()
    }

    /// The projects that `project allow` named.
    ///
    /// # Errors
    /// Where the list cannot be read.
    pub fn allowed(&self) -> io::Result<BTreeSet<ProjectId>> {
        match std::fs::read_to_string(&self.file) {
            Ok(text) => Ok(text.lines().filter_map(|line| line.trim().parse().ok()).collect()),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(BTreeSet::new()),
            Err(e) => Err(e),
        }
    }

    /// Puts a project on that list. Whether it was not there yet.
    ///
    /// # Errors
    /// Where the list cannot be read or written.
    pub fn allow(&self, project: ProjectId) -> io::Result<bool> {
        let mut allowed = self.allowed()?;
        let new = allowed.insert(project);
        if new {
            self.write(&allowed)?;
        }
        Ok(new)
    }

    /// Takes a project off that list. Whether it was there.
    ///
    /// # Errors
    /// Where the list cannot be read or written.
    pub fn disallow(&self, project: &ProjectId) -> io::Result<bool> {
        let mut allowed = self.allowed()?;
        let there = allowed.remove(project);
        if there {
            self.write(&allowed)?;
        }
        Ok(there)
    }

    fn write(&self, allowed: &BTreeSet<ProjectId>) -> io::Result<()> {
        if let Some(folder) = self.file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let text: String = allowed.iter().map(|id| format!("{id}\n")).collect();
        replace(&self.file, text.as_bytes())
    }
}

impl crate::mailbox::Admission for Admission {
    fn admits(&self, project: &ProjectId, code: Option<&str>) -> bool {
        self.check(project, code).is_ok()
    }

    fn is_barred(&self, project: &ProjectId) -> bool {
        self.is_barred(project)
    }
}

/// Replaces a file by a new one as a whole: who reads it meanwhile sees the old or the new one.
pub(crate) fn replace(path: &std::path::Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let new = PathBuf::from(name);
    let mut file = std::fs::File::create(&new)?;
    io::Write::write_all(&mut file, bytes)?;
    file.sync_all()?;
    std::fs::rename(&new, path)
}

/// What stands for a project in logs and on the status page: eight digits of a hash of its id. It cannot be used to ask for the
/// project, and tells two projects apart.
#[must_use]
pub fn short_hash(project: &ProjectId) -> String {
    Hash::of(&project.0).short()
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: ProjectId = ProjectId([1; 32]);
    const B: ProjectId = ProjectId([2; 32]);

    fn admission(dir: &std::path::Path, mode: AdmissionMode) -> Admission {
        let mut config = Config::dev(&dir.join("data"));
        config.admission.mode = mode;
        config.admission.projects = vec![A.to_string()];
        let secrets = Secrets { invitations: vec!["a-long-invitation-code".into()], ..Secrets::default() };
        Admission::new(&config, &secrets)
    }

    #[test]
    fn a_list_admits_its_projects_and_those_allowed_later() {
        let dir = tempfile::tempdir().unwrap();
        let list = admission(dir.path(), AdmissionMode::AllowList);
        assert_eq!(list.check(&A, None), Ok(()));
        assert_eq!(list.check(&B, Some("a-long-invitation-code")), Err(NotAdmitted::NotListed));
        assert!(list.allow(B).unwrap());
        assert!(!list.allow(B).unwrap());
        assert_eq!(list.check(&B, None), Ok(()));
        assert!(!list.is_barred(&B));
        assert!(list.disallow(&B).unwrap());
        assert_eq!(list.check(&B, None), Err(NotAdmitted::NotListed));
        assert!(list.is_barred(&B), "what is kept of it is served no more");
    }

    #[test]
    fn an_invitation_admits_any_project() {
        let dir = tempfile::tempdir().unwrap();
        let invited = admission(dir.path(), AdmissionMode::Invitation);
        assert_eq!(invited.check(&B, Some("a-long-invitation-code")), Ok(()));
        assert_eq!(invited.check(&B, Some("a-long-invitation-codf")), Err(NotAdmitted::BadInvitation));
        assert_eq!(invited.check(&B, None), Err(NotAdmitted::NotListed));
        assert_eq!(invited.check(&A, None), Ok(()));
        assert!(!invited.is_barred(&B), "it came by a code");
    }

    #[test]
    fn an_open_relay_admits_all() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(admission(dir.path(), AdmissionMode::Open).check(&B, None), Ok(()));
    }
}
