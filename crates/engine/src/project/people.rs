//! Members, invitations and decisions as people ask about them.

use std::collections::BTreeMap;

use enginus_access::{Decision, DecisionKind, DecisionSubject, Invitation, Member};
use enginus_model::{DomainId, Hash, PersonId, RoleTemplate, fold};

use super::Project;
use super::settings::key;
use super::write::to_json;
use crate::ambient;
use crate::api::{AccessEvent, AccessView, DeviceAccess, Failure, FailureKind, InvitationEntry, MemberAccess};

impl Project {
    /// The member a person means: a name, an e-mail address, or the start of an id.
    pub(crate) fn find_member(&self, wanted: &str) -> Result<PersonId, Failure> {
        let folded = fold(wanted.trim());
        let members = self.members();
        let mut found: Vec<_> = members
            .iter()
            .filter(|member| fold(&member.name) == folded || (!folded.is_empty() && fold(&member.email) == folded))
            .collect();
        if found.is_empty() && folded.len() >= 4 {
            found = members.iter().filter(|member| member.person.to_string().starts_with(&folded)).collect();
        }
        match found.as_slice() {
            [member] => Ok(member.person),
            [] => {
                let mut failure = Failure::new(FailureKind::NotFound, format!("there is no member \"{wanted}\""));
                failure.candidates = members.iter().map(|member| member.name.clone()).collect();
                Err(failure.hint("use a name, an e-mail address or the start of an id from `enginus member list`"))
            }
            several => {
                let mut failure = Failure::new(FailureKind::Ambiguous, format!("\"{wanted}\" names several members"));
                failure.candidates =
                    several.iter().map(|member| format!("{} ({})", member.name, member.person)).collect();
                Err(failure.hint("use the e-mail address or the start of the id"))
            }
        }
    }

    /// The open invitation whose id starts with `wanted`.
    pub(crate) fn find_invitation(&self, wanted: &str) -> Result<Invitation, Failure> {
        let wanted = fold(wanted.trim());
        let open = self.authority().invitations();
        let mut found: Vec<_> =
            open.into_iter().filter(|open| open.statement.to_string().starts_with(&wanted)).collect();
        match (found.pop(), found.is_empty() && !wanted.is_empty()) {
            (Some(invitation), true) => Ok(invitation),
            (None, _) => Err(Failure::new(FailureKind::NotFound, format!("there is no open invitation \"{wanted}\""))
                .hint("`enginus invite list` shows those that can still be used")),
            (Some(_), false) => {
                Err(Failure::new(FailureKind::Ambiguous, "several invitations begin so").hint("give more of the id"))
            }
        }
    }

    /// Open invitations, oldest first.
    pub(crate) fn open_invitations(&self) -> Vec<InvitationEntry> {
        self.authority().invitations().iter().map(|invitation| self.invitation_entry(invitation)).collect()
    }

    pub(crate) fn invitation_entry(&self, invitation: &Invitation) -> InvitationEntry {
        let joined = u32::try_from(invitation.redeemed_by.len()).unwrap_or(u32::MAX);
        InvitationEntry {
            id: invitation.statement,
            role: invitation.role.clone(),
            folders: self.folders_named_by(&invitation.statement),
            by: invitation.invited_by.map_or_else(String::new, |person| self.person_name(&person)),
            at: invitation.at,
            expires: invitation.terms.redeem_before,
            expired: invitation.expired(ambient::now()),
            uses_left: invitation.terms.uses.saturating_sub(joined),
            joined: invitation.redeemed_by.iter().map(|person| self.person_name(person)).collect(),
        }
    }

    /// The folders a grant is narrowed to, where it is narrower than its role.
    fn folders_named_by(&self, grant: &Hash) -> Vec<String> {
        let Some(capability) = self.authority().capability(grant) else { return Vec::new() };
        let reads = |domain: &DomainId| {
            enginus_access::reach(&capability.scope, domain, &self.place.id).access >= enginus_access::Access::Read
        };
        let folders = self.settings().ordered_folders();
        let named: Vec<DomainId> = folders.iter().map(|(domain, _)| *domain).filter(|domain| reads(domain)).collect();
        if named.len() == folders.len() {
            return Vec::new();
        }
        named.iter().map(|domain| self.settings().folder_name(domain)).collect()
    }

    /// Members and open invitations that came through a person: they stay when that person goes.
    pub(super) fn brought_in_by(&self, person: &PersonId) -> Vec<String> {
        let members = self.authority().members();
        let members =
            members.iter().filter(|member| member.invited_by == Some(*person) && member.person.person_id() != *person);
        let mut names: Vec<String> = members.map(|member| self.person_name(&member.person.person_id())).collect();
        let open = self.authority().invitations();
        let open = open.iter().filter(|invitation| invitation.invited_by == Some(*person));
        names
            .extend(open.map(|invitation| format!("{} ({})", invitation.role, &invitation.statement.to_string()[..8])));
        names
    }

    /// What the members view shows.
    pub(crate) fn access_view(&self) -> AccessView {
        let authority = self.authority();
        let mut members: Vec<MemberAccess> =
            authority.members().iter().map(|member| self.member_access(member, false)).collect();
        members.extend(authority.former_members().iter().map(|member| self.member_access(member, true)));
        AccessView {
            members,
            invitations: self.open_invitations(),
            waiting_for_review: self.review_keys().count() as u64,
            may_review: self.review_keys().any(|key| authority.may_manage(&self.device(), &key.domain)),
        }
    }

    fn member_access(&self, member: &Member, former: bool) -> MemberAccess {
        let person = member.person.person_id();
        let card = self.state.directory.get(&person).cloned().unwrap_or_default();
        let devices: Vec<DeviceAccess> = member
            .devices
            .iter()
            .map(|device| DeviceAccess {
                device: device.device.device_id(),
                name: device.name.clone(),
                since: device.since,
                removed: device.removed,
                last_seen: self.last_seen(&device.device.device_id()),
            })
            .collect();
        let folders: BTreeMap<_, _> = self
            .folder_access(&person)
            .into_iter()
            .filter_map(|(domain, access)| Some((self.settings().folders.get(&domain)?.slug.clone(), access)))
            .collect();
        let target = enginus_access::Target::Person(person);
        MemberAccess {
            person,
            name: self.person_name(&person),
            organisation: card.organisation,
            roles: member.roles.clone(),
            rank: member.rank,
            folders,
            last_seen: devices.iter().filter_map(|device| device.last_seen).max(),
            devices,
            invited_by: member.invited_by.map(|person| self.person_name(&person)),
            since: member.since,
            not_after: member.not_after,
            former,
            is_me: person == self.me(),
            may_change: !former
                && person != self.me()
                && self.authority().acting_against(&self.me(), &target).is_some(),
        }
    }

    /// Every decision about access, oldest first.
    pub(crate) fn access_history(&self) -> Vec<AccessEvent> {
        self.authority().history().into_iter().map(|decision| self.access_event(decision)).collect()
    }

    fn access_event(&self, decision: Decision) -> AccessEvent {
        let kind = match decision.kind {
            DecisionKind::Grant => "grant",
            DecisionKind::Invitation => "invitation",
            DecisionKind::Joined => "joined",
            DecisionKind::Device => "device",
            DecisionKind::Removal => "removal",
            DecisionKind::GrantsRevoked => "role-change",
            DecisionKind::Cancellation => "cancellation",
            DecisionKind::DeviceRemoval => "device-removal",
            DecisionKind::Endorsement => "acceptance",
        };
        let about = match decision.subject {
            DecisionSubject::Person(person) => self.person_name(&person),
            DecisionSubject::Device(device, person) => {
                let owner = person.map_or_else(String::new, |person| self.person_name(&person));
                format!("{owner} {}", device.short()).trim().to_owned()
            }
            DecisionSubject::Invitation(invitation) => invitation.to_string()[..8].to_owned(),
            DecisionSubject::Grants(grants) => grants.len().to_string(),
            DecisionSubject::Entries(entries) => entries.to_string(),
        };
        let signed = self.authority().statement(&decision.statement);
        AccessEvent {
            id: decision.statement,
            kind: kind.to_owned(),
            by: self.person_name(&decision.issuer),
            about,
            role: decision.role,
            reason: decision.reason,
            at: decision.at,
            refused: decision.refusal.map(|refusal| refusal.to_string()),
            signer: signed.map_or_else(String::new, |signed| hex::encode(signed.signer())),
        }
    }

    /// Adds or changes a role of the project. Grants made before stay as they are.
    pub(crate) fn save_role(&mut self, role: &RoleTemplate) -> Result<(), Failure> {
        let mut template = self.settings().template.clone().ok_or_else(|| {
            Failure::new(FailureKind::NotFound, "the project's template is not here").hint("synchronise first")
        })?;
        let mut roles = self.settings().roles();
        roles.retain(|known| known.id != role.id);
        roles.push(role.clone());
        template.roles = roles;
        template.validate().map_err(|error| Failure::new(FailureKind::Invalid, error.to_string()))?;
        let entry = (format!("{}{}", key::ROLE, role.id), to_json(role)?);
        self.set_entries(DomainId::settings(&self.place.id), &[entry])
    }
}
