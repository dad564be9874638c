//! Project templates: folders, code lists and roles as data, so that any of them can be edited and none is built into the program.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::language::Language;
use crate::localized::Localized;
use crate::role::RoleTemplate;
use crate::text::fold;

/// The templates that come with the program: id and text.
const BUILTIN: [(&str, &str); 2] = [
    ("ges", include_str!("../../../assets/templates/ges.json")),
    ("engineering", include_str!("../../../assets/templates/engineering.json")),
];
/// The largest template file, in bytes.
const MAX_TEMPLATE_BYTES: usize = 1024 * 1024;
/// The most folders of a project.
pub const MAX_FOLDERS: usize = 64;
/// The most roles of a project.
pub const MAX_ROLES: usize = 64;
/// The most codes of one list.
pub const MAX_CODES: usize = 1000;

/// A folder as a template gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FolderTemplate {
    /// Its id in the template: small letters, digits and `-`.
    pub slug: String,
    /// Its name by language.
    pub name: Localized,
    /// What it is for.
    pub description: Localized,
    /// What usually goes in.
    #[serde(default)]
    pub contents: Vec<Localized>,
}

impl FolderTemplate {
    /// Whether `name` is its slug or its name in any language, folded.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        fold(&self.slug) == fold(name) || self.name.matches(name)
    }
}

/// One code of a list with its label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// As it is written: `DR`, `S1`, `A` …
    pub code: String,
    /// What it means.
    pub label: Localized,
}

/// A project template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// `ges`, `engineering`.
    pub id: String,
    /// Its name by language.
    pub name: Localized,
    /// What it is for.
    pub description: Localized,
    /// The languages every text of it is given in.
    pub languages: Vec<Language>,
    /// The folders in order.
    pub folders: Vec<FolderTemplate>,
    /// Forms of information: DR drawing, SH schedule …
    pub forms: Vec<Code>,
    /// Disciplines: A architecture, E electrical …
    pub disciplines: Vec<Code>,
    /// Suitability codes offered to writers and reviewers.
    pub suitability: Vec<Code>,
    /// Answers of a review: A approved …
    pub return_codes: Vec<Code>,
    /// The roles in order.
    pub roles: Vec<RoleTemplate>,
}

/// A template that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// It is larger than any template.
    #[error("the template takes {bytes} bytes and {MAX_TEMPLATE_BYTES} are allowed; this is probably another file")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// It is no template file.
    #[error("this is not a template: {why}; compare it with the templates that come with the program")]
    Unreadable {
        /// What the reader says, with line and column.
        why: String,
    },
    /// A list is empty or too long.
    #[error("the template has {found} {what}, and from 1 to {limit} are allowed")]
    Count {
        /// What is counted.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A slug or id is empty or has other characters than small letters, digits and `-`.
    #[error("\"{id}\" cannot be the id of a {what}; use small letters, digits and \"-\"")]
    BadId {
        /// What it is the id of.
        what: &'static str,
        /// The id.
        id: String,
    },
    /// Two things of one list cannot be told apart.
    #[error("the {what} \"{id}\" is given twice; rename one of them")]
    Duplicate {
        /// What it is.
        what: &'static str,
        /// The id, code or name.
        id: String,
    },
    /// A text lacks one of the template's languages.
    #[error("the {what} \"{id}\" has no text in \"{language}\"; add it, or take the language out of \"languages\"")]
    MissingLanguage {
        /// What lacks it.
        what: &'static str,
        /// Its id or code.
        id: String,
        /// The language.
        language: Language,
    },
    /// A role names a folder the template does not have.
    #[error("the role \"{role}\" names the folder \"{slug}\", which the template does not have; it has: {known}")]
    UnknownFolder {
        /// The role's id.
        role: String,
        /// The slug.
        slug: String,
        /// The slugs there are.
        known: String,
    },
    /// A role may write or decide where it may not read.
    #[error("the role \"{role}\" works in the folder \"{slug}\" but does not read it; let it read the folder")]
    Unread {
        /// The role's id.
        role: String,
        /// The folder's slug.
        slug: String,
    },
    /// Not exactly one role stands at rank 0, or it cannot do everything.
    #[error("exactly one role must have rank 0, and it must read, write, review and manage everything; found: {found}")]
    Owner {
        /// The ids of the roles at rank 0.
        found: String,
    },
}

impl Template {
    /// The template `id` that comes with the program.
    #[must_use]
    pub fn builtin(id: &str) -> Option<Self> {
        let (_, text) = BUILTIN.iter().find(|(known, _)| *known == id.trim())?;
        // A test holds that each of them is sound.
        Self::from_json(text).ok()
    }

    /// Every template that comes with the program.
    #[must_use]
    pub fn all() -> Vec<Self> {
        BUILTIN.iter().filter_map(|(id, _)| Self::builtin(id)).collect()
    }

    /// Reads and checks a template file.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn from_json(text: &str) -> Result<Self, TemplateError> {
        if text.len() > MAX_TEMPLATE_BYTES {
            return Err(TemplateError::TooLarge { bytes: text.len() });
        }
        let template: Self =
            serde_json::from_str(text).map_err(|error| TemplateError::Unreadable { why: error.to_string() })?;
        template.validate()?;
        Ok(template)
    }

    /// The folder with this slug, or this name in any language.
    #[must_use]
    pub fn folder(&self, name: &str) -> Option<&FolderTemplate> {
        self.folders.iter().find(|folder| folder.matches(name))
    }

    /// The role with this id, or this name in any language.
    #[must_use]
    pub fn role(&self, name: &str) -> Option<&RoleTemplate> {
        self.roles.iter().find(|role| fold(&role.id) == fold(name) || role.name.matches(name))
    }

    /// Checks everything a project relies on.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn validate(&self) -> Result<(), TemplateError> {
        check_count("languages", self.languages.len(), Language::ALL.len())?;
        check_count("folders", self.folders.len(), MAX_FOLDERS)?;
        check_count("roles", self.roles.len(), MAX_ROLES)?;
        check_id("template", &self.id)?;
        self.check_text("template", &self.id, &self.name)?;
        self.check_text("template", &self.id, &self.description)?;
        self.check_folders()?;
        for (what, codes) in [
            ("form", &self.forms),
            ("discipline", &self.disciplines),
            ("suitability code", &self.suitability),
            ("return code", &self.return_codes),
        ] {
            self.check_codes(what, codes)?;
        }
        self.check_roles()
    }

    fn check_folders(&self) -> Result<(), TemplateError> {
        let mut seen = BTreeSet::new();
        for folder in &self.folders {
            check_id("folder", &folder.slug)?;
            self.check_text("folder", &folder.slug, &folder.name)?;
            self.check_text("folder", &folder.slug, &folder.description)?;
            for hint in &folder.contents {
                self.check_text("folder", &folder.slug, hint)?;
            }
            // A folder is found by slug or by any name, so all of them together must be unambiguous.
            let names = folder.name.0.values().chain([&folder.slug]);
            for name in names.map(|name| fold(name)).collect::<BTreeSet<_>>() {
                if !seen.insert(name) {
                    return Err(TemplateError::Duplicate { what: "folder", id: folder.slug.clone() });
                }
            }
        }
        Ok(())
    }

    fn check_codes(&self, what: &'static str, codes: &[Code]) -> Result<(), TemplateError> {
        check_count(what, codes.len(), MAX_CODES)?;
        let mut seen = BTreeSet::new();
        for code in codes {
            if code.code.trim().is_empty() {
                return Err(TemplateError::BadId { what, id: code.code.clone() });
            }
            if !seen.insert(fold(&code.code)) {
                return Err(TemplateError::Duplicate { what, id: code.code.clone() });
            }
            self.check_text(what, &code.code, &code.label)?;
        }
        Ok(())
    }

    fn check_roles(&self) -> Result<(), TemplateError> {
        let mut seen = BTreeSet::new();
        for role in &self.roles {
            check_id("role", &role.id)?;
            if !seen.insert(&role.id) {
                return Err(TemplateError::Duplicate { what: "role", id: role.id.clone() });
            }
            self.check_text("role", &role.id, &role.name)?;
            let known = |slug: &String| self.folders.iter().any(|folder| folder.slug == *slug);
            let mut named = [&role.read, &role.write_records, &role.review].into_iter().flat_map(|set| set.named());
            if let Some(slug) = named.find(|slug| !known(slug)) {
                let known = self.folders.iter().map(|folder| folder.slug.as_str()).collect::<Vec<_>>().join(", ");
                return Err(TemplateError::UnknownFolder { role: role.id.clone(), slug: slug.clone(), known });
            }
            let works = |slug: &str| role.write_records.contains(slug) || role.review.contains(slug);
            if let Some(folder) = self.folders.iter().find(|f| works(&f.slug) && !role.read.contains(&f.slug)) {
                return Err(TemplateError::Unread { role: role.id.clone(), slug: folder.slug.clone() });
            }
        }
        let owners: Vec<_> = self.roles.iter().filter(|role| role.rank == 0).collect();
        match owners.as_slice() {
            [owner] if owner.manage && owner.read.is_all() && owner.write_records.is_all() && owner.review.is_all() => {
                Ok(())
            }
            _ => {
                Err(TemplateError::Owner { found: owners.iter().map(|r| r.id.as_str()).collect::<Vec<_>>().join(", ") })
            }
        }
    }

    fn check_text(&self, what: &'static str, id: &str, text: &Localized) -> Result<(), TemplateError> {
        let lacks = |language: &&Language| text.0.get(language).is_none_or(|text| text.trim().is_empty());
        match self.languages.iter().find(lacks) {
            Some(language) => Err(TemplateError::MissingLanguage { what, id: id.to_owned(), language: *language }),
            None => Ok(()),
        }
    }
}

fn check_count(what: &'static str, found: usize, limit: usize) -> Result<(), TemplateError> {
    if (1..=limit).contains(&found) { Ok(()) } else { Err(TemplateError::Count { what, found, limit }) }
}

fn check_id(what: &'static str, id: &str) -> Result<(), TemplateError> {
    let fits = !id.is_empty()
        && id.len() <= 64
        && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if fits { Ok(()) } else { Err(TemplateError::BadId { what, id: id.to_owned() }) }
}

#[cfg(test)]
mod tests;
