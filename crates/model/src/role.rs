//! Roles of a template: what a member may do, before it is expanded into grants.

use serde::{Deserialize, Serialize};

use crate::localized::Localized;

/// Folders of a template, by slug.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FolderSet {
    /// Every folder, those added later included.
    All,
    /// No folder.
    #[default]
    None,
    /// Every folder but these.
    AllBut(Vec<String>),
    /// These folders.
    Only(Vec<String>),
}

impl FolderSet {
    /// Whether the folder belongs to it.
    #[must_use]
    pub fn contains(&self, slug: &str) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::AllBut(slugs) => !slugs.iter().any(|s| s == slug),
            Self::Only(slugs) => slugs.iter().any(|s| s == slug),
        }
    }
    /// The slugs it names.
    #[must_use]
    pub fn named(&self) -> &[String] {
        match self {
            Self::All | Self::None => &[],
            Self::AllBut(slugs) | Self::Only(slugs) => slugs,
        }
    }
    /// True where it means every folder, those added later included.
    #[must_use]
    pub const fn is_all(&self) -> bool {
        matches!(self, Self::All)
    }
}

/// A role as a template gives it. Whoever reads a folder may comment in it, so comments need no set of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleTemplate {
    /// `owner`, `contractor` …
    pub id: String,
    /// Its name by language.
    pub name: Localized,
    /// Standing: the owner has 0, and who has the smaller number is above. One manages only those strictly below.
    pub rank: u32,
    /// Folders whose documents it reads.
    pub read: FolderSet,
    /// Folders whose documents it adds and changes.
    #[serde(default)]
    pub write_records: FolderSet,
    /// Folders in which it decides reviews.
    #[serde(default)]
    pub review: FolderSet,
    /// Whether it invites, changes and removes those below it.
    #[serde(default)]
    pub manage: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_contains_what_it_says() {
        let slugs = vec!["a".to_owned()];
        assert!(FolderSet::All.contains("x") && !FolderSet::None.contains("x"));
        assert!(FolderSet::AllBut(slugs.clone()).contains("b") && !FolderSet::AllBut(slugs.clone()).contains("a"));
        assert!(FolderSet::Only(slugs.clone()).contains("a") && !FolderSet::Only(slugs).contains("b"));
    }

    #[test]
    fn a_data_file_writes_it_in_one_word_or_a_list() {
        assert_eq!(serde_json::from_str::<FolderSet>("\"all\"").unwrap(), FolderSet::All);
        let some: FolderSet = serde_json::from_str(r#"{"all_but":["a"]}"#).unwrap();
        assert_eq!(some, FolderSet::AllBut(vec!["a".to_owned()]));
    }
}
