//! Where things are inside a bucket. Several projects can share one; nothing readable is in any name.
//!
//! ```text
//! enginus/<project>/project                                             the marker: version byte, genesis record
//! enginus/<project>/objects/<2 hex>/<64 hex>                            sealed objects
//! enginus/<project>/envelopes/<domain>/<log>/<seq, 20 digits>-<hash>    sealed envelopes
//! ```

use enginus_model::{DomainId, Hash, LogId, ProjectId};
use object_store::path::Path;

use super::EnvelopeName;
use enginus_envelope::Tip;

/// The folder that holds every project's.
const ROOT: &str = "enginus";
/// The marker's name.
const MARKER: &str = "project";
/// The folder of envelopes.
const ENVELOPES: &str = "envelopes";

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

    pub(crate) fn marker(self) -> Path {
        Path::from_iter([ROOT, &self.project.to_string(), MARKER])
    }

    pub(crate) fn object(self, name: &Hash) -> Path {
        let name = name.to_string();
        Path::from_iter([ROOT, &self.project.to_string(), "objects", &name[..2], &name])
    }

    pub(crate) fn envelopes(self) -> Path {
        Path::from_iter([ROOT, &self.project.to_string(), ENVELOPES])
    }

    pub(crate) fn domain(self, domain: &DomainId) -> Path {
        self.envelopes().join(hex::encode(domain.as_bytes()))
    }

    pub(crate) fn log(self, domain: &DomainId, log: &LogId) -> Path {
        self.domain(domain).join(log.to_string())
    }

    pub(crate) fn envelope(self, name: &EnvelopeName) -> Path {
        self.log(&name.domain, &name.tip.log).join(format!("{:020}-{}", name.tip.seq, name.tip.hash))
    }

    /// A name that sorts behind every envelope of the log up to `seq` and before every later one.
    pub(crate) fn after(self, domain: &DomainId, log: &LogId, seq: u64) -> Path {
        // "g" sorts behind every hexadecimal digit.
        self.log(domain, log).join(format!("{seq:020}-g"))
    }

    /// The envelope a path names, if it names one.
    pub(crate) fn parse_envelope(domain: DomainId, log: LogId, path: &Path) -> Option<EnvelopeName> {
        let (seq, hash) = path.filename()?.split_once('-')?;
        let all_digits = seq.len() == 20 && seq.bytes().all(|b| b.is_ascii_digit());
        let tip = Tip { log, seq: seq.parse().ok().filter(|seq| all_digits && *seq > 0)?, hash: hash.parse().ok()? };
        Some(EnvelopeName { domain, tip })
    }

    /// The domain whose folder a path is.
    pub(crate) fn parse_domain(path: &Path) -> Option<DomainId> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(path.filename()?, &mut bytes).ok()?;
        Some(DomainId::from_bytes(bytes))
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
    fn foreign_names_are_not_envelopes() {
        let (domain, log) = (DomainId::from_bytes([2; 16]), LogId([3; 16]));
        let hash = Hash([1; 32]).to_string();
        for bad in [format!("1-{hash}"), format!("{:020}-{hash}", 0), format!("+{:019}-{hash}", 1), format!("{:020}-abc", 1), "x".into()] {
            assert_eq!(Layout::parse_envelope(domain, log, &Path::from_iter([bad.as_str()])), None, "{bad}");
        }
        assert_eq!(Layout::parse_domain(&Path::from_iter(["zz"])), None);
        assert_eq!(Layout::parse_domain(&Layout::new(ProjectId([1; 32])).domain(&domain)), Some(domain));
    }
}
