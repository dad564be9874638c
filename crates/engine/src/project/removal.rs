//! Taking access back and giving it anew: removals, changes of role, cancelled invitations.

use std::collections::BTreeSet;

use enginus_access::{Acting, MAX_CUTOFFS, MAX_KEEPS, Offer, Removal, SignedStatement, Target};
use enginus_envelope::Tip;
use enginus_model::{DeviceId, DomainId, Hash, Instant, Lane, Language, PersonId};

use super::gathered::Intake;
use super::{Project, internal};
use crate::ambient;
use crate::api::{AccessChange, Failure, FailureKind};

impl Project {
    /// Removes a member: a revocation with the newest entries known here as cutoffs, the last thing written under the old epochs,
    /// then new epochs for everything they could read. All in one transaction.
    pub(crate) fn revoke_member(&mut self, person: PersonId, reason: &str) -> Result<AccessChange, Failure> {
        let mut change = self.preview_removal(person)?;
        let mut statements = self.removal_statements(&Target::Person(person), reason)?;
        statements.extend(self.closing(&self.authority().open_invitations_of(&person), reason)?);
        change.keys_renewed = self.decide(&statements)?;
        change.done = true;
        Ok(change)
    }

    /// Removes one device, of this person or of somebody this person stands above.
    pub(crate) fn revoke_device(&mut self, device: DeviceId, reason: &str) -> Result<(), Failure> {
        let statements = self.removal_statements(&Target::Device(device), reason)?;
        self.decide(&statements).map(|_| ())
    }

    /// Gives a member another role in place of those they have.
    pub(crate) fn change_role(
        &mut self,
        person: PersonId,
        offer: &Offer,
        reason: &str,
    ) -> Result<AccessChange, Failure> {
        let mut change = self.preview_role(person, offer)?;
        let key = self.member_key(&person)?;
        let acting = self.acting_for(offer)?;
        let mut statements = vec![
            enginus_access::grant(&self.place.identity.person, &acting, key, offer, &mut ambient::rng())
                .map_err(|error| internal("signing the grant", error))?,
        ];
        let grants = self.authority().members().into_iter().find(|member| member.person.person_id() == person);
        let grants = grants.map_or_else(Vec::new, |member| member.grants);
        statements.extend(self.removal_statements(&Target::Grants(grants), reason)?);
        change.keys_renewed = self.decide(&statements)?;
        change.done = true;
        Ok(change)
    }

    /// Cancels an invitation; whoever came with it stays.
    pub(crate) fn cancel_invitation(&mut self, invitation: Hash, reason: &str) -> Result<(), Failure> {
        self.acting_against(&Target::Grants(vec![invitation]))?;
        let statements = self.closing(&[invitation], reason)?;
        self.decide(&statements).map(|_| ())
    }

    /// Closes this person's own invitations that brought in as many as they may: whoever else gets hold of such a ticket takes nobody's
    /// place by an earlier date, and opens nothing that is written from now on. Left to who made it, so that not every device does it.
    pub(super) fn close_used_up(&mut self) -> Result<(), Failure> {
        if !self.is_active() || self.is_removed() {
            return Ok(());
        }
        let (me, authority) = (self.identity().person.public().sign, self.authority());
        let is_mine = |hash: &Hash| authority.capability(hash).is_some_and(|invitation| invitation.issuer == me);
        let mut due = authority.invitations_to_close(&self.me());
        due.retain(is_mine);
        if due.is_empty() {
            return Ok(());
        }
        let reason = match self.settings().language {
            Language::En => "it brought in as many as it may",
            Language::Tr => "getirebileceği kadar kişi getirdi",
        };
        let statements = self.closing(&due, reason)?;
        self.decide(&statements).map(|_| ())
    }

    /// Closes those of `invitations` that this person stands above; whoever came with them stays.
    fn closing(&self, invitations: &[Hash], reason: &str) -> Result<Vec<SignedStatement>, Failure> {
        let mut statements = Vec::new();
        for invitation in invitations {
            let target = Target::Grants(vec![*invitation]);
            let Some(acting) = self.authority().acting_against(&self.me(), &target) else { continue };
            let keeps = self.authority().redemptions(invitation);
            statements.extend(self.in_parts(&acting, &target, &[], &keeps, reason)?);
        }
        Ok(statements)
    }

    /// What removing a member would do.
    pub(crate) fn preview_removal(&self, person: PersonId) -> Result<AccessChange, Failure> {
        self.acting_against(&Target::Person(person))?;
        let mut change = self.change_of(person);
        let device_keys = self.keys_of(&person);
        change.keys_renewed = self.epochs_held_by(&device_keys);
        for (domain, access) in self.folder_access(&person) {
            let name = self.settings().folder_name(&domain);
            if access.read {
                change.loses_reading.push(name.clone());
            }
            if access.records || access.reviews || access.comments {
                change.loses_writing.push(name);
            }
        }
        Ok(change)
    }

    /// What another role would do.
    pub(crate) fn preview_role(&self, person: PersonId, offer: &Offer) -> Result<AccessChange, Failure> {
        if person == self.me() {
            return Err(Failure::new(FailureKind::NotAllowed, "nobody can change their own role")
                .hint("ask somebody above you"));
        }
        self.acting_against(&Target::Person(person))?;
        self.acting_for(offer)?;
        let mut change = self.change_of(person);
        for (domain, access) in self.folder_access(&person) {
            let after = self.access_of_scope(&offer.scope, &domain);
            let name = self.settings().folder_name(&domain);
            if access.read && !after.read {
                change.loses_reading.push(name.clone());
            }
            if access.records && !after.records {
                change.loses_writing.push(name.clone());
            }
            if (after.read && !access.read) || (after.records && !access.records) {
                change.gains.push(name);
            }
        }
        if !change.loses_reading.is_empty() {
            change.keys_renewed = change.loses_reading.len() as u64;
        }
        Ok(change)
    }

    fn change_of(&self, person: PersonId) -> AccessChange {
        let member = self.authority().members().into_iter().find(|member| member.person.person_id() == person);
        let is_theirs = |device: &DeviceId| self.authority().author_of(device) == Some(person);
        let (kept, held) = self.entries_of(is_theirs);
        AccessChange {
            person,
            name: self.person_name(&person),
            done: false,
            devices: member.map_or_else(Vec::new, |member| {
                member.devices.into_iter().filter(|device| !device.removed).map(|device| device.name).collect()
            }),
            loses_reading: Vec::new(),
            loses_writing: Vec::new(),
            gains: Vec::new(),
            entries_kept: kept,
            entries_held: held,
            last_seen: self.last_seen_of(&person),
            brought_in: self.brought_in_by(&person),
            keys_renewed: 0,
        }
    }

    /// Entries of somebody's devices: those that count, and those that wait for review.
    fn entries_of(&self, is_theirs: impl Fn(&DeviceId) -> bool) -> (u64, u64) {
        let special = self.domains_without_shards();
        let logs = self.state.clock.iter().filter(|(domain, _)| !special.contains(domain)).flat_map(|(_, logs)| logs);
        let theirs: Vec<_> = logs.filter(|(log, _)| self.state.devices.get(log).is_some_and(&is_theirs)).collect();
        let all: u64 = theirs.iter().flat_map(|(_, tips)| tips.iter().map(|tip| tip.seq).max()).sum();
        let logs: BTreeSet<_> = theirs.iter().map(|(log, _)| **log).collect();
        let held = self.state.held.iter().filter(|(key, held)| logs.contains(&key.log) && held.is_about_access());
        let held = held.count() as u64;
        (all.saturating_sub(held), held)
    }

    fn removal_statements(&mut self, target: &Target, reason: &str) -> Result<Vec<SignedStatement>, Failure> {
        if reason.trim().is_empty() {
            return Err(Failure::new(FailureKind::Invalid, "a change of access needs a reason")
                .hint("say why with --reason; it stays in the project's history"));
        }
        let acting = self.acting_against(target)?;
        let authority = self.authority();
        let (cutoffs, keeps) = match target {
            Target::Person(person) => {
                let theirs = |device: &DeviceId| authority.author_of(device) == Some(*person);
                (self.counting_tips(theirs)?, authority.made_by(person))
            }
            Target::Device(device) => (self.counting_tips(|other| other == device)?, Vec::new()),
            Target::Grants(grants) => {
                let person = grants.first().and_then(|grant| authority.capability(grant));
                let person = person.map(|capability| capability.subject.key().person_id());
                let theirs = |device: &DeviceId| authority.author_of(device) == person;
                let keeps = person.map_or_else(Vec::new, |person| authority.made_by(&person));
                (self.counting_tips(theirs)?, keeps)
            }
        };
        self.in_parts(&acting, target, &cutoffs, &keeps, reason.trim())
    }

    /// One revocation, or several where there are more cutoffs or kept statements than one may name: they merge by union.
    fn in_parts(
        &self,
        acting: &Acting,
        target: &Target,
        cutoffs: &[Tip],
        keeps: &[Hash],
        reason: &str,
    ) -> Result<Vec<SignedStatement>, Failure> {
        let at = ambient::now();
        let parts = cutoffs.len().div_ceil(MAX_CUTOFFS).max(keeps.len().div_ceil(MAX_KEEPS)).max(1);
        (0..parts)
            .map(|part| {
                let cutoffs = cutoffs.iter().skip(part * MAX_CUTOFFS).take(MAX_CUTOFFS).copied().collect();
                let keeps = keeps.iter().skip(part * MAX_KEEPS).take(MAX_KEEPS).copied().collect();
                let (target, reason) = (target.clone(), reason.to_owned());
                self.sign_removal(acting, Removal { target, cutoffs, keeps, reason, at })
            })
            .collect()
    }

    fn sign_removal(&self, acting: &Acting, removal: Removal) -> Result<SignedStatement, Failure> {
        enginus_access::revoke(&self.place.identity.person, acting, removal, &mut ambient::rng()).map_err(|error| {
            Failure::new(FailureKind::Invalid, format!("this cannot be decided: {error}"))
                .hint("give a shorter reason, or do it in smaller parts")
        })
    }

    fn acting_against(&self, target: &Target) -> Result<Acting, Failure> {
        self.authority().acting_against(&self.me(), target).ok_or_else(not_above)
    }

    pub(super) fn acting_for(&self, offer: &Offer) -> Result<Acting, Failure> {
        self.authority().acting_for(&self.me(), offer).map_err(|widening| {
            Failure::new(FailureKind::NotAllowed, format!("you cannot give this role: {widening}"))
                .hint("give a role below your own, or ask the owner")
        })
    }

    /// Writes statements under the epochs as they are, lets them count, judges again what they change, and opens new epochs where
    /// somebody lost the right to read. Answers how many.
    pub(super) fn decide(&mut self, statements: &[SignedStatement]) -> Result<u64, Failure> {
        let mut intake = Intake::default();
        let decided = self.decide_within(statements, &mut intake);
        let renewed = *decided.as_ref().unwrap_or(&0);
        self.commit_own(decided.map(|_| ()), intake)?;
        self.publish();
        Ok(renewed)
    }

    fn decide_within(&mut self, statements: &[SignedStatement], intake: &mut Intake) -> Result<u64, Failure> {
        // Before they count: a removal is the last thing its subject can read.
        self.write_statements(statements, intake)?;
        let before = self.authority().clone();
        for statement in statements {
            self.state.statements.insert(statement.hash(), statement.clone());
        }
        self.evaluate_authority();
        self.access_changed(&before, Vec::new(), intake)?;
        self.rotate_barred(intake)
    }

    /// The X25519 keys of a person: of their devices, and the one their words bring back.
    fn keys_of(&self, person: &PersonId) -> BTreeSet<[u8; 32]> {
        let member = self.authority().members().into_iter().find(|member| member.person.person_id() == *person);
        member.map_or_else(BTreeSet::new, |member| {
            member.devices.iter().map(|device| device.device.seal).chain([member.person.seal]).collect()
        })
    }

    fn member_key(&self, person: &PersonId) -> Result<enginus_envelope::PublicKey, Failure> {
        let member = self.authority().members().into_iter().find(|member| member.person.person_id() == *person);
        member.map(|member| member.person).ok_or_else(|| Failure::new(FailureKind::NotFound, "they are no member"))
    }

    /// Folders in order with what a person may do there now.
    pub(super) fn folder_access(&self, person: &PersonId) -> Vec<(DomainId, crate::api::FolderAccess)> {
        let folders = self.settings().ordered_folders();
        folders.into_iter().map(|(domain, _)| (domain, self.access_in(person, &domain))).collect()
    }

    fn access_in(&self, person: &PersonId, domain: &DomainId) -> crate::api::FolderAccess {
        let reach = self.authority().reach_of(person, domain);
        crate::api::FolderAccess {
            read: reach.access >= enginus_access::Access::Read,
            records: reach.lanes.contains(Lane::Records),
            comments: reach.lanes.contains(Lane::Comments),
            reviews: reach.lanes.contains(Lane::Reviews),
            manage: reach.access == enginus_access::Access::Manage,
        }
    }

    fn access_of_scope(&self, scope: &[enginus_access::ScopeEntry], domain: &DomainId) -> crate::api::FolderAccess {
        let reach = enginus_access::reach(scope, domain, &self.place.id);
        crate::api::FolderAccess {
            read: reach.access >= enginus_access::Access::Read,
            records: reach.lanes.contains(Lane::Records),
            comments: reach.lanes.contains(Lane::Comments),
            reviews: reach.lanes.contains(Lane::Reviews),
            manage: reach.access == enginus_access::Access::Manage,
        }
    }

    /// When a device of the person was last heard of.
    pub(super) fn last_seen_of(&self, person: &PersonId) -> Option<Instant> {
        let member = self.authority().members().into_iter().find(|member| member.person.person_id() == *person)?;
        member.devices.iter().filter_map(|device| self.last_seen(&device.device.device_id())).max()
    }
}

fn not_above() -> Failure {
    Failure::new(FailureKind::NotAllowed, "you do not stand above whom this concerns")
        .hint("ask the owner, or somebody whose role is above theirs")
}
