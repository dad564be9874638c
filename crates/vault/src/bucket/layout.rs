//! Where things are inside a bucket. Several projects can share one; nothing readable is in any name.
//!
//! ```text
//! enginus/<project>/project                            the marker: version byte, genesis record
//! enginus/<project>/objects/<2 hex>/<64 hex>           sealed objects
//! enginus/<project>/log/<domain>-<log>/<seq>-<hash>    sealed envelopes
//! ```
//! Identifiers are in lower-case base32hex, which sorts like the bytes; the project's is its first 80 bits, since the marker tells the
//! whole. Names are this short because listings consist of them, and because some stores keep a side file per object whose
//! name is the encoded path, in at most 255 characters.

use data_encoding::BASE32HEX_NOPAD;
use enginus_envelope::Tip;
use enginus_model::{DomainId, Hash, LogId, ProjectId};
use object_store::path::Path;

use super::EnvelopeName;

/// The folder that holds every project's.
const ROOT: &str = "enginus";
/// The marker's name.
const MARKER: &str = "project";
/// The folder of envelopes.
const ENVELOPES: &str = "log";
/// Bytes of the project's id that name its folder.
const PROJECT_BYTES: usize = 10;

/// The text of an identifier in a name.
fn text(bytes: &[u8]) -> String {
    BASE32HEX_NOPAD.encode(bytes).to_ascii_lowercase()
}

/// The identifier a text stands for; only the one form that [`text`] makes is read.
fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.bytes().any(|b| b.is_ascii_uppercase()) {
        return None;
    }
    BASE32HEX_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).ok()?.try_into().ok()
}

/// The paths of one project.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    project: ProjectId,
}

impl Layout {
    pub(crate) fn new(project: ProjectId) -> Self {
        Self { project }
    }

    pub(crate) fn project(self) -> ProjectId {
        self.project
    }

    /// The folder whose sub-folders are projects.
    pub(crate) fn all_projects() -> Path {
        Path::from_iter([ROOT])
    }

    /// The marker in a project's folder.
    pub(crate) fn marker_in(folder: &Path) -> Path {
        folder.clone().join(MARKER)
    }

    pub(crate) fn folder(self) -> Path {
        Path::from_iter([ROOT, &text(&self.project.0[..PROJECT_BYTES])])
    }

    pub(crate) fn marker(self) -> Path {
        Self::marker_in(&self.folder())
    }

    pub(crate) fn object(self, name: &Hash) -> Path {
        let name = name.to_string();
        self.objects().join(&name[..2]).join(name.as_str())
    }

    /// The folder of all objects.
    pub(crate) fn objects(self) -> Path {
        self.folder().join("objects")
    }

    /// The folder whose sub-folders are logs.
    pub(crate) fn logs(self) -> Path {
        self.folder().join(ENVELOPES)
    }

    pub(crate) fn log(self, domain: &DomainId, log: &LogId) -> Path {
        self.logs().join(format!("{}-{}", text(domain.as_bytes()), text(log.as_bytes())))
    }

    pub(crate) fn envelope(self, name: &EnvelopeName) -> Path {
        let (seq, hash) = (text(&name.tip.seq.to_be_bytes()), text(name.tip.hash.as_bytes()));
        self.log(&name.domain, &name.tip.log).join(format!("{seq}-{hash}"))
    }

    /// A name that sorts behind every envelope of the log up to `seq` and before every later one.
    pub(crate) fn after(self, domain: &DomainId, log: &LogId, seq: u64) -> Path {
        // "w" sorts behind every digit of base32hex.
        self.log(domain, log).join(format!("{}-w", text(&seq.to_be_bytes())))
    }

    /// The envelope a path names, if it names one.
    pub(crate) fn parse_envelope(domain: DomainId, log: LogId, path: &Path) -> Option<EnvelopeName> {
        let (seq, hash) = path.filename()?.split_once('-')?;
        let seq = u64::from_be_bytes(bytes(seq)?);
        let tip = Tip { log, seq, hash: Hash(bytes(hash)?) };
        (seq > 0).then_some(EnvelopeName { domain, tip })
    }

    /// The log whose folder a path is.
    pub(crate) fn parse_log(path: &Path) -> Option<(DomainId, LogId)> {
        let (domain, log) = path.filename()?.split_once('-')?;
        Some((DomainId::from_bytes(bytes(domain)?), LogId(bytes(log)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(seq: u64, hash: [u8; 32]) -> EnvelopeName {
        EnvelopeName { domain: DomainId::from_bytes([2; 16]), tip: Tip { log: LogId([3; 16]), seq, hash: Hash(hash) } }
    }

    proptest! {
        #[test]
        fn names_read_back_and_sort_by_place(a in 1u64.., b in 1u64.., h in any::<[u8; 32]>(), i in any::<[u8; 32]>()) {
            let layout = Layout::new(ProjectId([1; 32]));
            let (one, two) = (name(a, h), name(b, i));
            let path = layout.envelope(&one);
            prop_assert_eq!(Layout::parse_envelope(one.domain, one.tip.log, &path), Some(one));
            let after = layout.after(&two.domain, &two.tip.log, b);
            prop_assert_eq!(path > after, a > b);
        }
    }

    #[test]
    fn names_are_what_they_always_were() {
        let layout = Layout::new(ProjectId([1; 32]));
        assert_eq!(layout.marker().as_ref(), "enginus/040g2081040g2081/project");
        let object = format!("enginus/040g2081040g2081/objects/ff/{}", "ff".repeat(32));
        assert_eq!(layout.object(&Hash([255; 32])).as_ref(), object);
        assert_eq!(
            layout.envelope(&name(1, [255; 32])).as_ref(),
            "enginus/040g2081040g2081/log/081040g2081040g2081040g208-0c1g60o30c1g60o30c1g60o30c/\
             0000000000002-vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvg"
        );
    }

    #[test]
    fn foreign_names_are_not_envelopes_or_logs() {
        let (domain, log) = (DomainId::from_bytes([2; 16]), LogId([3; 16]));
        let (one, zero, hash) = (text(&1u64.to_be_bytes()), text(&[0; 8]), text(&[200; 32]));
        let read = |name: &str| Layout::parse_envelope(domain, log, &Path::from_iter([name]));
        assert!(read(&format!("{one}-{hash}")).is_some());
        for bad in
            [format!("{zero}-{hash}"), format!("1-{hash}"), format!("{one}-abc"), format!("{one}{hash}"), "x".into()]
        {
            assert_eq!(read(&bad), None, "{bad}");
        }
        assert_eq!(read(&format!("{one}-{}", hash.to_ascii_uppercase())), None);
        assert_eq!(Layout::parse_log(&Path::from_iter(["zz-zz"])), None);
        assert_eq!(Layout::parse_log(&Layout::new(ProjectId([1; 32])).log(&domain, &log)), Some((domain, log)));
    }
}
