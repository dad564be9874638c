//! A home: the folder that holds one device. What lies where, who it belongs to, and which projects are in it.

mod keys;
mod record;

use std::path::{Path, PathBuf};

use enginus_model::ProjectId;
use enginus_store::Store;
use serde::{Deserialize, Serialize};

use crate::ambient;
use crate::api::{Failure, FailureKind, IdentityInfo};
use crate::identity::{AtRest, Identity, IdentityError, KeyFile, KeyringError, SealedKeys};
pub(crate) use keys::NewPassphrase;
pub(crate) use record::SessionRecord;

const KEY_FILE: &str = "identity.key";
const PROFILE_KEY: &str = "profile";
const PROFILE_VERSION: u8 = 1;
/// A project's store in its folder.
const STORE_FILE: &str = "project.redb";

/// What the person said of themselves, and where this device listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Profile {
    pub(crate) name: String,
    pub(crate) organisation: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) port: u16,
}

/// An open home. Only one process has it: the store inside is locked.
pub(crate) struct Home {
    root: PathBuf,
    store: Store,
    profile: Option<Profile>,
    /// The open keys; none while locked, and in a home that belongs to nobody.
    identity: Option<(Identity, Profile)>,
    /// How the keys lie on disk.
    at_rest: AtRest,
    record: SessionRecord,
}

impl Home {
    /// Opens the home at `root`, creating the folder where it is missing.
    pub(crate) fn open(root: &Path) -> Result<Self, Failure> {
        if root.is_file() {
            return Err(Failure::new(FailureKind::Storage, format!("{} is a file, not a folder", root.display()))
                .hint("choose a folder for the home with --home"));
        }
        create_private_folder(root).map_err(|error| {
            Failure::new(FailureKind::Storage, format!("the home {} cannot be used: {error}", root.display()))
                .hint("choose another folder with --home, or mend its permissions")
        })?;
        let store = Store::open(root.join("home.redb"), enginus_store::Options::default())?;
        let keys = KeyFile::load(&root.join(KEY_FILE))?;
        let profile = match store.read()?.meta(PROFILE_KEY)? {
            Some(bytes) => Some(decode_profile(&bytes)?),
            None => None,
        };
        let (identity, at_rest) = match (keys, &profile) {
            (Some(KeyFile::Open(keys)), Some(profile)) => (Some((*keys, profile.clone())), AtRest::Open),
            (Some(KeyFile::Sealed(sealed)), Some(_)) => (None, AtRest::Passphrase(sealed)),
            (Some(KeyFile::InKeyring(sealed)), Some(profile)) => {
                let keys = sealed.open().map_err(IdentityError::Keyring)?;
                (Some((keys, profile.clone())), AtRest::Keyring(sealed))
            }
            // The key file is written first: a crash between the two leaves a person without a name, who starts again with
            // the same keys.
            (None, Some(profile)) => {
                return Err(Failure::new(
                    FailureKind::Storage,
                    format!("the key file of {} is missing from {}", profile.name, root.display()),
                )
                .hint("put identity.key back from where it went; without it nothing in this home can be opened"));
            }
            (_, None) => (None, AtRest::Open),
        };
        let record = SessionRecord::load(&store)?;
        Ok(Self { root: root.to_owned(), store, profile, identity, at_rest, record })
    }

    pub(crate) fn identity(&self) -> Option<&(Identity, Profile)> {
        self.identity.as_ref()
    }

    /// The identity, or the refusal that says how to get one.
    pub(crate) fn required_identity(&self) -> Result<&(Identity, Profile), Failure> {
        self.identity.as_ref().ok_or_else(|| if self.is_locked() { locked() } else { nobodys() })
    }

    /// Makes this home a device of a new person.
    pub(crate) fn create_identity(&mut self, profile: Profile) -> Result<&(Identity, Profile), Failure> {
        self.required_empty()?;
        let path = self.root.join(KEY_FILE);
        let keys = match KeyFile::load(&path)? {
            Some(KeyFile::Open(keys)) => *keys,
            Some(KeyFile::Sealed(_) | KeyFile::InKeyring(_)) => return Err(key_file_without_owner(&path)),
            None => {
                let keys = Identity::generate();
                keys.save(&path)?;
                keys
            }
        };
        self.settle_in(keys, profile)
    }

    /// Keeps who the keys in the file belong to.
    fn settle_in(&mut self, keys: Identity, profile: Profile) -> Result<&(Identity, Profile), Failure> {
        let mut batch = enginus_store::Batch::new();
        batch.put_meta(PROFILE_KEY, &encode_profile(&profile));
        self.record.put(&mut batch);
        self.store.commit(batch)?;
        self.profile = Some(profile.clone());
        Ok(self.identity.insert((keys, profile)))
    }

    /// Refuses a home that belongs to somebody.
    pub(crate) fn required_empty(&self) -> Result<(), Failure> {
        match &self.profile {
            None => Ok(()),
            Some(existing) => {
                Err(Failure::new(FailureKind::Conflict, format!("this home already belongs to {}", existing.name))
                    .hint("use another --home for another person"))
            }
        }
    }

    /// The projects whose folders lie in this home.
    pub(crate) fn project_ids(&self) -> Result<Vec<ProjectId>, Failure> {
        let mut ids = Vec::new();
        let entries = match std::fs::read_dir(self.root.join("projects")) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(ids),
            Err(error) => return Err(storage(&self.root, &error)),
        };
        for entry in entries {
            let entry = entry.map_err(|error| storage(&self.root, &error))?;
            if let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok())
                && entry.path().join(STORE_FILE).exists()
            {
                ids.push(id);
            }
        }
        ids.sort_unstable();
        Ok(ids)
    }

    /// Where a project's store lies; its folder is made.
    pub(crate) fn project_store(&self, id: &ProjectId) -> Result<PathBuf, Failure> {
        let folder = self.root.join("projects").join(id.to_string());
        create_private_folder(&folder).map_err(|error| storage(&folder, &error))?;
        Ok(folder.join(STORE_FILE))
    }

    /// The side file that repeats a project's incarnation outside its store.
    pub(crate) fn incarnation_file(&self, id: &ProjectId) -> Result<PathBuf, Failure> {
        let folder = self.root.join("incarnations");
        create_private_folder(&folder).map_err(|error| storage(&folder, &error))?;
        Ok(folder.join(id.to_string()))
    }

    /// Deletes what is kept of a project. Its store must be closed.
    pub(crate) fn forget_project(&self, id: &ProjectId) -> Result<(), Failure> {
        let folder = self.root.join("projects").join(id.to_string());
        std::fs::remove_dir_all(&folder).map_err(|error| storage(&folder, &error))?;
        let side_file = self.incarnation_file(id)?;
        match std::fs::remove_file(&side_file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(storage(&side_file, &error)),
            _ => Ok(()),
        }
    }

    /// Where sealed objects are kept.
    pub(crate) fn objects(&self) -> PathBuf {
        self.root.join("objects")
    }

    /// Who and which device, or the refusal that says how to become somebody.
    pub(crate) fn required_info(&self) -> Result<IdentityInfo, Failure> {
        self.info().ok_or_else(nobodys)
    }

    pub(crate) fn info(&self) -> Option<IdentityInfo> {
        let profile = self.profile.as_ref()?;
        let open = self.identity.as_ref().map(|(keys, _)| keys.whose());
        let whose = open.or_else(|| self.sealed().map(SealedKeys::whose))?;
        Some(IdentityInfo {
            person: whose.person,
            device: whose.device,
            name: profile.name.clone(),
            organisation: profile.organisation.clone(),
            email: profile.email.clone(),
            port: profile.port,
        })
    }
}

fn nobodys() -> Failure {
    Failure::new(FailureKind::NotFound, "this home belongs to nobody yet")
        .hint("run `enginus init --name \"Your name\"` first")
}

/// What every command but a few answers while the keys are locked.
pub(crate) fn locked() -> Failure {
    Failure::new(FailureKind::Locked, "this home is locked: its keys are sealed under a passphrase")
        .hint("unlock it with the passphrase: in the window, or where the command line asks for it or is given --passphrase-file")
}

fn key_file_without_owner(path: &Path) -> Failure {
    Failure::new(FailureKind::Conflict, format!("{} holds keys, and nothing here says whose they are", path.display()))
        .hint(
            "put home.redb back from where the key file came, or move the key file away and recover with the 24 words",
        )
}

fn storage(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(FailureKind::Storage, format!("{} cannot be used: {error}", path.display()))
        .hint("look at the folder's permissions and at the free space")
}

fn encode_profile(profile: &Profile) -> Vec<u8> {
    let mut bytes = vec![PROFILE_VERSION];
    bytes.extend(postcard::to_allocvec(profile).unwrap_or_default());
    bytes
}

fn decode_profile(bytes: &[u8]) -> Result<Profile, Failure> {
    let damaged = || {
        Failure::new(FailureKind::Storage, "what this home says of its owner cannot be read")
            .hint("restore home.redb from a backup, or update the program where the home is newer")
    };
    let (version, body) = bytes.split_first().ok_or_else(damaged)?;
    if *version != PROFILE_VERSION {
        return Err(damaged());
    }
    postcard::from_bytes(body).map_err(|_| damaged())
}

fn create_private_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// A free UDP port of this machine, for a device to keep.
pub(crate) fn choose_port() -> std::io::Result<u16> {
    std::net::UdpSocket::bind((std::net::Ipv4Addr::UNSPECIFIED, 0))?.local_addr().map(|address| address.port())
}

impl From<IdentityError> for Failure {
    fn from(error: IdentityError) -> Self {
        let hint = match &error {
            IdentityError::Io { .. } => "look at the file's permissions and at the free space",
            IdentityError::Damaged { .. } => "restore the file from a backup",
            IdentityError::NewerVersion { .. } => "update the program",
            IdentityError::Effort { .. } => "choose between 8 and 1048576 KiB",
            IdentityError::Keyring(KeyringError::NotBuilt) => "use a passphrase, or the program with its window",
            IdentityError::Keyring(KeyringError::Unusable(_)) => {
                "log in where the key ring opens, and try again; without it the 24 words make a new home of yours"
            }
            IdentityError::Keyring(KeyringError::Missing | KeyringError::Wrong) => {
                "if the key ring was emptied, or this folder came from elsewhere, the 24 words make a new home of yours"
            }
        };
        Self::new(FailureKind::Storage, error.to_string()).hint(hint)
    }
}

/// A short name for this device, for people, where they gave none.
pub(crate) fn device_name() -> String {
    let name = std::env::var("HOSTNAME").or_else(|_| std::env::var("COMPUTERNAME")).unwrap_or_default();
    if name.is_empty() { format!("device {}", hex::encode(ambient::random::<2>())) } else { name }
}
