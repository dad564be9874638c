//! One process owns a home; others work through it over a local socket that only the home's owner can reach.
//!
//! The server greets first, so that a caller knows at once whether the owner is alive; then one command per connection, as a
//! JSON line, answered by JSON lines of `Update`.

mod client;
mod server;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use client::Client;
pub(crate) use server::Server;

/// The socket's language; a process of another version is told to be closed instead of misunderstood.
const SOCKET_VERSION: u32 = 1;
/// A command line is at most this long: a few thousand file names.
const LINE_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// Systems allow about 104 bytes for a socket's path.
const SOCKET_PATH_BYTES_MAX: usize = 100;

#[derive(Debug, Serialize, Deserialize)]
struct Greeting {
    enginus: u32,
    pid: u32,
}

/// Where the socket of `home` is: inside it, or, where its path is too long, in a private folder of the temporary folder.
fn socket_path(home: &Path) -> std::io::Result<PathBuf> {
    let direct = home.join("enginus.sock");
    if direct.as_os_str().len() <= SOCKET_PATH_BYTES_MAX {
        return Ok(direct);
    }
    let folder = private_temporary_folder(home)?;
    let name = blake3::hash(home.as_os_str().as_encoded_bytes()).to_hex();
    Ok(folder.join(format!("{}.sock", &name[..16])))
}

#[cfg(unix)]
fn private_temporary_folder(home: &Path) -> std::io::Result<PathBuf> {
    use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
    let owner = std::fs::metadata(home)?.uid();
    let folder = std::env::temp_dir().join(format!("enginus-{owner}"));
    match std::fs::DirBuilder::new().mode(0o700).create(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let meta = std::fs::symlink_metadata(&folder)?;
    if !meta.is_dir() || meta.uid() != owner || meta.mode() & 0o077 != 0 {
        return Err(std::io::Error::other(format!("{} belongs to somebody else", folder.display())));
    }
    Ok(folder)
}

#[cfg(not(unix))]
fn private_temporary_folder(_home: &Path) -> std::io::Result<PathBuf> {
    Ok(std::env::temp_dir())
}

#[cfg(unix)]
fn socket_name(path: &Path) -> std::io::Result<interprocess::local_socket::Name<'_>> {
    use interprocess::local_socket::{GenericFilePath, ToFsName as _};
    path.to_fs_name::<GenericFilePath>()
}

#[cfg(not(unix))]
fn socket_name(path: &Path) -> std::io::Result<interprocess::local_socket::Name<'static>> {
    use interprocess::local_socket::{GenericNamespaced, ToNsName as _};
    let name = blake3::hash(path.as_os_str().as_encoded_bytes()).to_hex();
    format!("enginus-{}", &name[..32]).to_ns_name::<GenericNamespaced>()
}
