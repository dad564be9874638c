//! What the `settings` and `directory` domains say, read from their entries.

use std::collections::BTreeMap;

use enginus_model::{DomainId, Language, PersonId, RoleTemplate, Template};
use serde::{Deserialize, Serialize};

/// Entry keys of the settings domain.
pub(crate) mod key {
    pub(crate) const NAME: &str = "name";
    pub(crate) const LANGUAGE: &str = "language";
    pub(crate) const TEMPLATE: &str = "template";
    pub(crate) const BUCKETS: &str = "buckets";
    /// `role/<role id>`: a role that the project changed or added.
    pub(crate) const ROLE: &str = "role/";
    /// `folder/<domain id>`: a `FolderSetting`.
    pub(crate) const FOLDER: &str = "folder/";
    /// `person/<person id>` in the directory domain: a `Card`.
    pub(crate) const PERSON: &str = "person/";
}

/// A folder as the project has it; born from a template, edited since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FolderSetting {
    pub(crate) slug: String,
    pub(crate) order: u32,
    pub(crate) names: BTreeMap<String, String>,
}

/// A member's own card.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Card {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) organisation: String,
    #[serde(default)]
    pub(crate) email: String,
}

/// The project's settings.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) name: String,
    pub(crate) language: Language,
    pub(crate) template: Option<Template>,
    pub(crate) buckets: Vec<String>,
    pub(crate) relays: Vec<String>,
    pub(crate) folders: BTreeMap<DomainId, FolderSetting>,
    /// Roles this project changed or added, by id.
    pub(crate) edited_roles: BTreeMap<String, RoleTemplate>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: String::new(),
            language: Language::En,
            template: None,
            buckets: Vec::new(),
            relays: Vec::new(),
            folders: BTreeMap::new(),
            edited_roles: BTreeMap::new(),
        }
    }
}

impl Settings {
    /// Reads the entries; what cannot be read is left as it was before it was written, never fatal.
    pub(crate) fn read<'a>(entries: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut settings = Self::default();
        for (entry, json) in entries {
            settings.take(entry, json);
        }
        settings
    }

    fn take(&mut self, entry: &str, json: &str) {
        fn value<T: serde::de::DeserializeOwned>(json: &str, into: &mut T) {
            match serde_json::from_str(json) {
                Ok(value) => *into = value,
                Err(error) => tracing::warn!("a setting of the project cannot be read and is ignored: {error}"),
            }
        }
        match entry {
            key::NAME => value(json, &mut self.name),
            key::LANGUAGE => {
                let mut code = String::new();
                value(json, &mut code);
                self.language = Language::parse(&code).unwrap_or(self.language);
            }
            key::TEMPLATE => value(json, &mut self.template),
            key::BUCKETS => value(json, &mut self.buckets),
            _ if entry.starts_with(key::ROLE) => {
                if let Ok(role) = serde_json::from_str::<RoleTemplate>(json) {
                    self.edited_roles.insert(role.id.clone(), role);
                }
            }
            _ => {
                let domain = entry.strip_prefix(key::FOLDER).and_then(|id| id.parse::<DomainId>().ok());
                let folder = serde_json::from_str::<FolderSetting>(json);
                if let (Some(domain), Ok(folder)) = (domain, folder) {
                    self.folders.insert(domain, folder);
                }
            }
        }
    }

    /// Folders in their order; equal orders by id, so that every device shows the same.
    pub(crate) fn ordered_folders(&self) -> Vec<(DomainId, &FolderSetting)> {
        let mut folders: Vec<_> = self.folders.iter().map(|(domain, folder)| (*domain, folder)).collect();
        folders.sort_by_key(|(domain, folder)| (folder.order, *domain));
        folders
    }

    /// A folder's name in the project's language, or any language it has.
    pub(crate) fn folder_name(&self, domain: &DomainId) -> String {
        self.folders.get(domain).map_or_else(
            || domain.to_string(),
            |folder| {
                let names = &folder.names;
                names.get(self.language.code()).or_else(|| names.values().next()).unwrap_or(&folder.slug).clone()
            },
        )
    }

    /// A role by its id: as the project edited it, else as the template has it.
    pub(crate) fn role(&self, id: &str) -> Option<&RoleTemplate> {
        let from_template = || self.template.as_ref()?.roles.iter().find(|role| role.id == id);
        self.edited_roles.get(id).or_else(from_template)
    }

    /// All roles in order of rank; where ranks are equal as the template has them, then those the project added.
    pub(crate) fn roles(&self) -> Vec<RoleTemplate> {
        let from_template: Vec<&RoleTemplate> = self.template.iter().flat_map(|template| &template.roles).collect();
        let mut roles: Vec<RoleTemplate> = from_template
            .iter()
            .map(|role| self.edited_roles.get(&role.id).unwrap_or(role))
            .chain(self.edited_roles.values().filter(|role| from_template.iter().all(|known| known.id != role.id)))
            .cloned()
            .collect();
        roles.sort_by_key(|role| role.rank);
        roles
    }
}

/// The members' cards, each believed only from its own person.
pub(crate) fn read_directory<'a>(
    entries: impl Iterator<Item = (&'a str, &'a str, Option<PersonId>)>,
) -> BTreeMap<PersonId, Card> {
    let mut cards = BTreeMap::new();
    for (entry, json, author) in entries {
        let person = entry.strip_prefix(key::PERSON).and_then(|id| id.parse::<PersonId>().ok());
        if let (Some(person), Ok(card)) = (person, serde_json::from_str::<Card>(json))
            && author == Some(person)
        {
            cards.insert(person, card);
        }
    }
    cards
}
