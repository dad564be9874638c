//! The relay's own key: its name to devices, and the address line that a project's settings take.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use enginus_envelope::Keypair;
use rand_core::UnwrapErr;

use crate::config::{Config, Secrets};

/// The file in the data folder.
const FILE: &str = "identity.key";

/// Why the relay has no key.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The file or its folder cannot be read or written.
    #[error(
        "the relay's key {path} cannot be read or written: {source}; let the relay's user own its folder, or set \
         ENGINUS_RELAY_KEY_FILE"
    )]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What stands there is no key.
    #[error(
        "the relay's key {path} is damaged: it should be 64 hexadecimal digits; restore it from a backup, or remove it to get a \
         new one (devices must then be given the new address)"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
    },
}

/// The relay's key from the environment, or from its file, which is made where there is none. Blocks.
///
/// # Errors
/// [`IdentityError`] of every kind.
pub fn obtain(config: &Config, secrets: &Secrets) -> Result<Keypair, IdentityError> {
    match &secrets.key {
        Some(seed) => Ok(Keypair::from_seed(seed)),
        None => read_or_make(&config.server.data.join(FILE)),
    }
}

fn read_or_make(path: &Path) -> Result<Keypair, IdentityError> {
    let io = |source| IdentityError::Io { path: path.to_owned(), source };
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let mut seed = [0; 32];
            hex::decode_to_slice(text.trim(), &mut seed)
                .map_err(|_| IdentityError::Damaged { path: path.to_owned() })?;
            Ok(Keypair::from_seed(&seed))
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            let key = Keypair::generate(&mut UnwrapErr(getrandom::SysRng));
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).map_err(io)?;
            }
            write_new(path, &key).map_err(io)?;
            Ok(key)
        }
        Err(e) => Err(io(e)),
    }
}

/// Readable for the relay's user alone, durable, and never over another.
fn write_new(path: &Path, key: &Keypair) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{}", hex::encode(key.seed()))?;
    file.sync_all()
}

/// The line that a project is given to use this relay: `relay://KEY@HOST:PORT?web=http(s)://HOST:PORT`.
#[must_use]
pub fn address_line(config: &Config, key: &Keypair, mailbox: SocketAddr, web: SocketAddr) -> String {
    let server = &config.server;
    let at = |bound: SocketAddr| {
        let host = if server.host.is_empty() { bound.ip().to_string() } else { server.host.clone() };
        let host = if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host };
        format!("{host}:{}", bound.port())
    };
    let or_else = |named: &str, made: String| if named.is_empty() { made } else { named.to_owned() };
    let scheme = if config.has_tls() { "https" } else { "http" };
    let mailbox = or_else(&server.public_mailbox, at(mailbox));
    let web = or_else(&server.public_web, format!("{scheme}://{}", at(web)));
    format!("relay://{}@{mailbox}?web={web}", key.device_id())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_folder(dir: &Path) -> Config {
        Config::dev(&dir.join("data"))
    }

    #[test]
    fn the_key_is_made_once_and_only_its_owner_reads_it() {
        let dir = tempfile::tempdir().unwrap();
        let config = in_folder(dir.path());
        let key = obtain(&config, &Secrets::default()).unwrap();
        assert_eq!(obtain(&config, &Secrets::default()).unwrap().public(), key.public());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let file = config.server.data.join(FILE);
            assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let given = Secrets { key: Some([7; 32]), ..Secrets::default() };
        assert_eq!(obtain(&config, &given).unwrap().public(), Keypair::from_seed(&[7; 32]).public());
    }

    #[test]
    fn a_damaged_key_is_said_so_and_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let config = in_folder(dir.path());
        std::fs::create_dir_all(&config.server.data).unwrap();
        std::fs::write(config.server.data.join(FILE), "rubbish").unwrap();
        assert!(matches!(obtain(&config, &Secrets::default()), Err(IdentityError::Damaged { .. })));
        assert_eq!(std::fs::read_to_string(config.server.data.join(FILE)).unwrap(), "rubbish");
    }

    #[test]
    fn the_address_line_names_what_devices_reach() {
        let key = Keypair::from_seed(&[1; 32]);
        let id = key.device_id();
        let (mailbox, web) = ("0.0.0.0:4430".parse().unwrap(), "0.0.0.0:4432".parse().unwrap());
        let mut config = Config::default();
        config.server.host = "relay.example".into();
        let line = |config: &Config| address_line(config, &key, mailbox, web);
        assert_eq!(line(&config), format!("relay://{id}@relay.example:4430?web=http://relay.example:4432"));
        config.server.tls.mode = crate::config::TlsMode::Acme;
        config.server.host = "2001:db8::1".into();
        assert_eq!(line(&config), format!("relay://{id}@[2001:db8::1]:4430?web=https://[2001:db8::1]:4432"));
        config.server.public_mailbox = "a.example:1".into();
        config.server.public_web = "https://b.example".into();
        assert_eq!(line(&config), format!("relay://{id}@a.example:1?web=https://b.example"));
    }
}
