//! Which projects the operator admits.

use std::collections::BTreeSet;

use enginus_model::ProjectId;

/// The operator's decision about a project that is not kept yet, and about one that is.
pub trait Admission: Send + Sync + 'static {
    /// Whether a project may begin to be kept here. `code` is what its device was given for it, where it was.
    fn admits(&self, project: &ProjectId, code: Option<&str>) -> bool;

    /// Whether a project that is kept is served no more.
    fn is_barred(&self, _project: &ProjectId) -> bool {
        false
    }
}

/// Every project, within its quota.
#[derive(Debug, Clone, Copy, Default)]
pub struct AdmitAll;

impl Admission for AdmitAll {
    fn admits(&self, _: &ProjectId, _: Option<&str>) -> bool {
        true
    }
}

/// The projects of a list, and whoever has one of some codes.
#[derive(Clone, Default)]
pub struct AdmitListed {
    /// The projects.
    pub projects: BTreeSet<ProjectId>,
    /// The codes: hashes, so that no code stands in memory longer than it is read.
    codes: BTreeSet<[u8; 32]>,
    /// Whether what is not listed is not served either, though it is kept.
    pub bars_others: bool,
}

impl AdmitListed {
    /// Admits whoever brings this code too.
    #[must_use]
    pub fn with_code(mut self, code: &str) -> Self {
        self.codes.insert(*blake3::hash(code.as_bytes()).as_bytes());
        self
    }
}

impl Admission for AdmitListed {
    fn admits(&self, project: &ProjectId, code: Option<&str>) -> bool {
        self.projects.contains(project)
            || code.is_some_and(|code| self.codes.contains(blake3::hash(code.as_bytes()).as_bytes()))
    }

    fn is_barred(&self, project: &ProjectId) -> bool {
        self.bars_others && !self.projects.contains(project)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_admitted_by_its_id_or_by_a_code() {
        let (one, other) = (ProjectId([1; 32]), ProjectId([2; 32]));
        let listed = AdmitListed { projects: BTreeSet::from([one]), ..AdmitListed::default() }.with_code("open sesame");
        assert!(listed.admits(&one, None));
        assert!(!listed.admits(&other, None));
        assert!(!listed.admits(&other, Some("sesame")));
        assert!(listed.admits(&other, Some("open sesame")));
        assert!(!listed.is_barred(&other));
        assert!(AdmitListed { bars_others: true, ..listed }.is_barred(&other));
    }
}
