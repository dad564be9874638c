//! What a person chose of this window, kept as a small file in the home.

use std::path::{Path, PathBuf};

use enginus_model::Language;
use enginus_query::Column;
use serde::{Deserialize, Serialize};

use crate::theme::ThemeChoice;

const FILE_NAME: &str = "desktop.json";
/// A larger file is not ours.
const FILE_MAX_BYTES: u64 = 64 * 1024;

/// The columns of a register until somebody chooses others.
const COLUMNS: [Column; 8] = [
    Column::Number,
    Column::Title,
    Column::Revision,
    Column::Status,
    Column::AddedAt,
    Column::AddedBy,
    Column::Reason,
    Column::Size,
];

/// What was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Language; `None` follows the system.
    pub language: Option<Language>,
    /// Theme.
    pub theme: ThemeChoice,
    /// Columns of a register, in order. The number is always there.
    pub columns: Vec<Column>,
    /// The project shown last.
    pub project: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { language: None, theme: ThemeChoice::default(), columns: COLUMNS.to_vec(), project: None }
    }
}

impl Settings {
    /// Reads them. A missing or unreadable file is no reason not to open: the defaults serve.
    #[must_use]
    pub fn load(home: &Path) -> Self {
        let path = home.join(FILE_NAME);
        let small = std::fs::metadata(&path).is_ok_and(|meta| meta.len() <= FILE_MAX_BYTES);
        let text = small.then(|| std::fs::read_to_string(&path).ok()).flatten();
        let mut settings: Self = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        if !settings.columns.contains(&Column::Number) {
            settings.columns.insert(0, Column::Number);
        }
        settings
    }

    /// Writes them whole or not at all.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn save(&self, home: &Path) -> std::io::Result<()> {
        let path: PathBuf = home.join(FILE_NAME);
        let temporary = home.join(format!("{FILE_NAME}.new"));
        std::fs::write(&temporary, serde_json::to_vec_pretty(self)?)?;
        std::fs::rename(temporary, path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let settings = Settings {
            language: Some(Language::Tr),
            theme: ThemeChoice::Dark,
            columns: vec![Column::Number, Column::Zone],
            project: Some("abc".to_owned()),
        };
        settings.save(dir.path()).unwrap();
        assert_eq!(Settings::load(dir.path()), settings);
    }

    #[test]
    fn a_missing_or_damaged_file_means_the_defaults() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Settings::load(dir.path()), Settings::default());
        std::fs::write(dir.path().join(FILE_NAME), b"{\"theme\": 7").unwrap();
        assert_eq!(Settings::load(dir.path()), Settings::default());
        std::fs::write(dir.path().join(FILE_NAME), b"{\"columns\": [\"title\"], \"of a newer version\": 1}").unwrap();
        assert_eq!(Settings::load(dir.path()).columns, [Column::Number, Column::Title]);
    }
}
