//! Which projects the operator admits.

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
