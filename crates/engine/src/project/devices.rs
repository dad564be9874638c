//! The devices of this person in a project: letting one in, and which there are.

use enginus_access::{MemberDevice, SignedStatement, Statement};

use super::Project;
use super::gathered::Intake;
use crate::api::Failure;

impl Project {
    /// Whether the project is here and this person belongs to it.
    pub(crate) fn is_member(&self) -> bool {
        self.is_active() && !self.is_removed()
    }

    /// Makes a further device of this person known and seals to it what they may read. Known already is no error.
    pub(crate) fn admit_device(&mut self, certificate: &SignedStatement) -> Result<(), Failure> {
        let Statement::Device(named) = certificate.statement() else { return Ok(()) };
        if self.state.statements.contains_key(&certificate.hash()) {
            return Ok(());
        }
        let (key, device) = (named.device, self.place.identity.device.clone());
        let before = self.authority().clone();
        self.state.statements.insert(certificate.hash(), certificate.clone());
        self.evaluate_authority();
        let mut intake = Intake::default();
        let mut written = self.access_changed(&before, Vec::new(), &mut intake);
        let mut records = Vec::new();
        for domain in self.state.epochs.known_domains() {
            records.extend(self.epoch_shares(&domain, &device, |reader| *reader == key));
        }
        written = written
            .and_then(|()| self.write_statements(std::slice::from_ref(certificate), &mut intake))
            .and_then(|()| self.write_keys(records, &mut intake));
        self.commit_own(written, intake)?;
        self.publish();
        Ok(())
    }

    /// This person's devices, removed ones too.
    pub(crate) fn own_devices(&self) -> Vec<MemberDevice> {
        let me = self.me();
        let authority = self.authority();
        let members = authority.members().into_iter().chain(authority.former_members());
        members.filter(|member| member.person.person_id() == me).flat_map(|member| member.devices).collect()
    }
}
