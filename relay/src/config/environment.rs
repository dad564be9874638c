//! Secrets come from environment variables, each also as `NAME_FILE` with the path of a file that holds it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// The variables a process was started with, as plain data: tests make their own.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

/// Names only: values may be secret.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Why a secret could not be had from the environment. Never with its value.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    /// Both forms of one variable are set.
    #[error("{name} and {name}_FILE are both set; unset one of them")]
    Both {
        /// The variable.
        name: String,
    },
    /// The file cannot be read.
    #[error("{name}_FILE names {path}, which cannot be read: {source}")]
    Unreadable {
        /// The variable.
        name: String,
        /// The file it names.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// What it says cannot be used.
    #[error("{name} cannot be used: it must be {allowed}")]
    BadValue {
        /// The variable.
        name: String,
        /// What it may say.
        allowed: &'static str,
    },
}

impl Environment {
    /// This process's.
    #[must_use]
    pub fn of_process() -> Self {
        Self(std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))).collect())
    }

    /// These.
    #[must_use]
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self(pairs.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect())
    }

    /// The variables whose names begin with `prefix`, without it.
    pub fn with_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> + 'a {
        self.0.iter().filter_map(move |(k, v)| Some((k.strip_prefix(prefix)?, v.as_str())))
    }

    /// A secret, from the variable or from the file that `<name>_FILE` names, without white space around it.
    ///
    /// # Errors
    /// [`EnvironmentError`] where both are set or the file cannot be read.
    pub fn secret(&self, name: &str) -> Result<Option<String>, EnvironmentError> {
        match (self.0.get(name), self.0.get(&format!("{name}_FILE"))) {
            (Some(_), Some(_)) => Err(EnvironmentError::Both { name: name.to_owned() }),
            (Some(value), None) => Ok(Some(value.trim().to_owned())),
            (None, Some(path)) => match std::fs::read_to_string(path) {
                Ok(text) => Ok(Some(text.trim().to_owned())),
                Err(source) => Err(EnvironmentError::Unreadable { name: name.to_owned(), path: path.into(), source }),
            },
            (None, None) => Ok(None),
        }
    }
}

/// Everything secret that the relay is given.
#[derive(Clone, Default)]
pub struct Secrets {
    /// `ENGINUS_RELAY_KEY`: the seed of the relay's own key, 64 hexadecimal digits. Without it, a file in the data folder.
    pub key: Option<[u8; 32]>,
    /// `ENGINUS_RELAY_INVITATIONS`: codes that admit a project, separated by commas, spaces or new lines.
    pub invitations: Vec<String>,
    /// `ENGINUS_RELAY_NATS_CREDENTIALS`: the content of a NATS credentials file.
    pub nats_credentials: Option<String>,
    /// `ENGINUS_RELAY_NATS_TOKEN`: a NATS token.
    pub nats_token: Option<String>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}

/// The fewest characters of an invitation code: what cannot be guessed over the network.
const MIN_INVITATION_CHARS: usize = 16;

impl Secrets {
    /// Reads all of them.
    ///
    /// # Errors
    /// [`EnvironmentError`] of every kind.
    pub fn read(environment: &Environment) -> Result<Self, EnvironmentError> {
        let key = environment.secret("ENGINUS_RELAY_KEY")?.map(|text| seed(&text)).transpose()?;
        let text = environment.secret("ENGINUS_RELAY_INVITATIONS")?.unwrap_or_default();
        let split = |c: char| c == ',' || c.is_whitespace();
        let invitations: Vec<String> = text.split(split).filter(|c| !c.is_empty()).map(str::to_owned).collect();
        if !invitations.iter().all(|code| is_invitation(code)) {
            let name = "ENGINUS_RELAY_INVITATIONS".to_owned();
            let allowed = "codes of 16 to 128 characters each: letters, digits, `-` and `_`";
            return Err(EnvironmentError::BadValue { name, allowed });
        }
        Ok(Self {
            key,
            invitations,
            nats_credentials: environment.secret("ENGINUS_RELAY_NATS_CREDENTIALS")?,
            nats_token: environment.secret("ENGINUS_RELAY_NATS_TOKEN")?,
        })
    }
}

/// Whether a code can stand in a relay's address.
fn is_invitation(code: &str) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (MIN_INVITATION_CHARS..=enginus_net::MAX_CODE_BYTES).contains(&code.len()) && code.chars().all(good)
}

fn seed(text: &str) -> Result<[u8; 32], EnvironmentError> {
    let mut seed = [0; 32];
    hex::decode_to_slice(text, &mut seed).map_err(|_| EnvironmentError::BadValue {
        name: "ENGINUS_RELAY_KEY".into(),
        allowed: "64 hexadecimal digits",
    })?;
    Ok(seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_comes_from_its_variable_or_its_file_but_not_from_both() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("key");
        std::fs::write(&file, format!("{}\n", "ab".repeat(32))).unwrap();
        let path = file.to_str().unwrap();
        let read = |pairs: &[(&str, &str)]| Secrets::read(&Environment::from_pairs(pairs.iter().copied()));

        assert_eq!(read(&[]).unwrap().key, None);
        assert_eq!(read(&[("ENGINUS_RELAY_KEY", &"ab".repeat(32))]).unwrap().key, Some([0xab; 32]));
        assert_eq!(read(&[("ENGINUS_RELAY_KEY_FILE", path)]).unwrap().key, Some([0xab; 32]));
        let both = read(&[("ENGINUS_RELAY_KEY_FILE", path), ("ENGINUS_RELAY_KEY", "00")]).unwrap_err();
        assert!(matches!(both, EnvironmentError::Both { .. }));
        let bad = read(&[("ENGINUS_RELAY_KEY", "sesame")]).unwrap_err().to_string();
        assert!(bad.contains("ENGINUS_RELAY_KEY") && !bad.contains("sesame"), "{bad}");
        let missing = read(&[("ENGINUS_RELAY_NATS_TOKEN_FILE", "/nowhere/token")]).unwrap_err().to_string();
        assert!(missing.contains("ENGINUS_RELAY_NATS_TOKEN_FILE") && missing.contains("/nowhere/token"), "{missing}");
    }

    #[test]
    fn invitation_codes_are_separated_and_must_be_long() {
        let codes = "first-code-0123456, second-code-012345\nthird-code-0123456";
        let read = |text: &str| Secrets::read(&Environment::from_pairs([("ENGINUS_RELAY_INVITATIONS", text)]));
        assert_eq!(read(codes).unwrap().invitations.len(), 3);
        for bad in ["short", "sixteen?characters", &"long".repeat(33)] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn debug_shows_no_value() {
        let environment = Environment::from_pairs([("ENGINUS_RELAY_NATS_TOKEN", "hidden-value")]);
        let secrets = Secrets::read(&environment).unwrap();
        assert!(!format!("{environment:?} {secrets:?}").contains("hidden-value"));
    }
}
