//! From a role in a project's settings to the scope of a grant. Done once, when it is granted: editing a role changes no grant.

use enginus_model::{DomainId, FolderSet, Lane, RoleTemplate};

use crate::scope::{DomainScope, LaneSet, ScopeEntry};

/// Why a role gives nothing to grant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpandError {
    /// No folder is left.
    #[error("the role \"{role}\" reads none of these folders; choose another role or other folders")]
    Nothing {
        /// The role's id.
        role: String,
    },
    /// The role names a folder that the project does not have.
    #[error("the role \"{role}\" speaks of a folder \"{folder}\" that this project does not have; mend the role first")]
    UnknownFolder {
        /// The role's id.
        role: String,
        /// The folder's slug.
        folder: String,
    },
}

/// The scope that `role` comes to in a project with `folders` (domain and slug), narrowed to `only` some of them where given.
///
/// Whoever reads a folder may comment in it. A role that reads "all" reaches folders opened later; one that reads "all but",
/// or that is narrowed, names today's folders. Project-wide domains follow from membership and are not named.
///
/// # Errors
/// [`ExpandError`] when nothing is left or a folder is unknown.
pub fn expand(
    role: &RoleTemplate,
    folders: &[(DomainId, String)],
    only: Option<&[DomainId]>,
) -> Result<Vec<ScopeEntry>, ExpandError> {
    let unknown = [&role.read, &role.write_records, &role.review]
        .into_iter()
        .flat_map(FolderSet::named)
        .find(|slug| !folders.iter().any(|(_, known)| known == *slug));
    if let Some(folder) = unknown {
        return Err(ExpandError::UnknownFolder { role: role.id.clone(), folder: folder.clone() });
    }
    let entry = |domain, lanes| {
        if role.manage { ScopeEntry::manage(domain, lanes, LaneSet::ALL) } else { ScopeEntry::write(domain, lanes) }
    };
    let mut scope = Vec::new();
    let everywhere = if role.read.is_all() && only.is_none() {
        let lanes = lanes(role.write_records.is_all(), role.review.is_all());
        scope.push(entry(DomainScope::All, lanes));
        Some(lanes)
    } else {
        None
    };
    for (domain, slug) in folders {
        let (records, review) = (role.write_records.contains(slug), role.review.contains(slug));
        let reads = role.read.contains(slug) || records || review;
        let lanes = lanes(records, review);
        let said_already = everywhere.is_some_and(|everywhere| lanes.within(everywhere));
        if reads && !said_already && only.is_none_or(|only| only.contains(domain)) {
            scope.push(entry(DomainScope::One(*domain), lanes));
        }
    }
    if scope.is_empty() { Err(ExpandError::Nothing { role: role.id.clone() }) } else { Ok(scope) }
}

fn lanes(records: bool, review: bool) -> LaneSet {
    let mut lanes = LaneSet::of(&[Lane::Comments]);
    if records {
        lanes = lanes.union(LaneSet::of(&[Lane::Records]));
    }
    if review {
        lanes = lanes.union(LaneSet::of(&[Lane::Reviews]));
    }
    lanes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scope::{Access, reach};
    use enginus_model::{Localized, ProjectId};

    const PROJECT: ProjectId = ProjectId([1; 32]);

    fn folders() -> Vec<(DomainId, String)> {
        ["projects", "materials", "payments"]
            .iter()
            .zip(1u8..)
            .map(|(slug, n)| (DomainId::from_bytes([n; 16]), (*slug).to_owned()))
            .collect()
    }

    fn role(read: FolderSet, write_records: FolderSet, review: FolderSet, manage: bool) -> RoleTemplate {
        RoleTemplate {
            id: "some-role".to_owned(),
            name: Localized::default(),
            rank: 10,
            read,
            write_records,
            review,
            manage,
        }
    }

    fn only(slug: &str) -> FolderSet {
        FolderSet::Only(vec![slug.to_owned()])
    }

    fn rows(scope: &[ScopeEntry]) -> Vec<(Access, Vec<Lane>)> {
        folders()
            .iter()
            .map(|(domain, _)| {
                let reach = reach(scope, domain, &PROJECT);
                (reach.access, reach.lanes.iter().collect())
            })
            .collect()
    }

    #[test]
    fn a_reader_of_all_comments_everywhere_and_later_folders_too() {
        let scope = expand(&role(FolderSet::All, FolderSet::None, only("payments"), false), &folders(), None).unwrap();
        assert_eq!(scope.len(), 2);
        assert_eq!(
            rows(&scope),
            [
                (Access::Write, vec![Lane::Comments]),
                (Access::Write, vec![Lane::Comments]),
                (Access::Write, vec![Lane::Comments, Lane::Reviews]),
            ]
        );
        assert_eq!(reach(&scope, &DomainId::from_bytes([99; 16]), &PROJECT).access, Access::Write);
    }

    #[test]
    fn all_but_names_the_folders_of_today() {
        let all_but = FolderSet::AllBut(vec!["payments".to_owned()]);
        let scope = expand(&role(all_but, only("projects"), FolderSet::None, false), &folders(), None).unwrap();
        assert_eq!(
            rows(&scope),
            [
                (Access::Write, vec![Lane::Records, Lane::Comments]),
                (Access::Write, vec![Lane::Comments]),
                (Access::None, vec![]),
            ]
        );
        assert_eq!(reach(&scope, &DomainId::from_bytes([99; 16]), &PROJECT).access, Access::None);
    }

    #[test]
    fn a_manager_may_let_others_do_what_it_does_not_do_itself() {
        let scope = expand(&role(FolderSet::All, FolderSet::All, FolderSet::None, true), &folders(), None).unwrap();
        let lanes = LaneSet::of(&[Lane::Records, Lane::Comments]);
        assert_eq!(scope, [ScopeEntry::manage(DomainScope::All, lanes, LaneSet::ALL)]);
    }

    #[test]
    fn a_grant_can_be_narrowed_to_some_folders() {
        let materials = [folders()[1].0];
        let scope = expand(&role(FolderSet::All, FolderSet::All, FolderSet::None, false), &folders(), Some(&materials))
            .unwrap();
        assert_eq!(rows(&scope)[1], (Access::Write, vec![Lane::Records, Lane::Comments]));
        assert_eq!(rows(&scope)[0].0, Access::None);
        assert_eq!(rows(&scope)[2].0, Access::None);
    }

    #[test]
    fn a_role_that_gives_nothing_or_names_an_unknown_folder_is_an_error() {
        let payments = [folders()[2].0];
        assert_eq!(
            expand(&role(only("projects"), FolderSet::None, FolderSet::None, false), &folders(), Some(&payments)),
            Err(ExpandError::Nothing { role: "some-role".to_owned() })
        );
        assert!(matches!(
            expand(&role(only("nowhere"), FolderSet::None, FolderSet::None, false), &folders(), None),
            Err(ExpandError::UnknownFolder { folder, .. }) if folder == "nowhere"
        ));
    }
}
