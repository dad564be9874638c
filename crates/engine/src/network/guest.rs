//! Devices that this device's access table does not know yet, and what they show to prove whose they are.

use enginus_access::{Authority, SignedStatement, Subject};
use enginus_model::{DeviceId, Instant};

use crate::api::Failure;
use crate::project::Project;

/// What a device showed, and the access table with it.
#[derive(Default)]
pub(super) struct Guest {
    shown: Vec<SignedStatement>,
    authority: Option<Authority>,
}

impl Guest {
    /// Takes what a device shows. What is known already, cannot be read or comes too late counts for nothing.
    pub(super) fn show(&mut self, known: &Authority, shown: &[Vec<u8>], now: Instant) {
        let shown: Vec<SignedStatement> =
            shown.iter().filter_map(|bytes| SignedStatement::decode(bytes).ok()).collect();
        self.shown = shown;
        self.refresh(known, now);
    }

    /// The access table changed: what was shown in time may not be any more.
    pub(super) fn refresh(&mut self, known: &Authority, now: Instant) {
        let counting = in_time(known, self.shown.clone(), now);
        let adds = counting.iter().any(|statement| known.statement(&statement.hash()).is_none());
        self.authority = adds.then(|| known.with(&counting));
    }

    /// The access table with what was shown, where that adds anything.
    pub(super) fn authority(&self) -> Option<&Authority> {
        self.authority.as_ref()
    }
}

/// What is shown without the redemptions that nobody accepts any more: of invitations that have expired, or that others used up. What
/// a redemption says of its own date decides nothing here. One that the project's own log carries was accepted in time, and so was one
/// that the closing of its invitation keeps: whether it does, the table itself says.
fn in_time(known: &Authority, mut shown: Vec<SignedStatement>, now: Instant) -> Vec<SignedStatement> {
    let (all, open) = (known.with(&shown), known.invitations());
    shown.retain(|statement| {
        let hash = statement.hash();
        let Some(grant) = statement.grant().filter(|grant| !grant.subject.is_invite()) else { return true };
        let Some(Subject::Invite(terms)) = all.capability(&grant.parent).map(|invitation| invitation.subject) else {
            return true;
        };
        let expired = terms.redeem_before.is_some_and(|end| now > end);
        let used_up =
            known.capability(&grant.parent).is_some() && open.iter().all(|open| open.statement != grant.parent);
        known.statement(&hash).is_some() || known.is_closed(&grant.parent) || !(expired || used_up)
    });
    shown
}

impl Project {
    /// Whether a device is or was a member's. While this device waits to be let in it cannot tell, and takes everybody for one.
    pub(super) fn is_known(&self, device: &DeviceId) -> bool {
        !self.is_active() || self.authority().author_of(device).is_some()
    }

    /// What this device shows a peer, which may not know it yet: a joiner's ticket, else the proof of its own standing. A stranger is
    /// shown nothing.
    pub(crate) fn proof_for(&self, peer: &DeviceId) -> Result<Vec<Vec<u8>>, Failure> {
        if !self.is_active() {
            return self.credentials();
        }
        if !self.is_known(peer) {
            return Ok(Vec::new());
        }
        let (authority, me) = (self.authority(), self.identity().person.person_id());
        let grants = authority.members().into_iter().find(|member| member.person.person_id() == me);
        let grants = grants.map_or_else(Vec::new, |member| member.grants);
        let mut shown: Vec<&SignedStatement> = grants.iter().flat_map(|grant| authority.chain(grant)).collect();
        shown.extend(authority.certificate(&self.identity().device.device_id()));
        shown.sort_unstable_by_key(|statement| statement.hash());
        shown.dedup_by_key(|statement| statement.hash());
        Ok(shown.into_iter().map(|statement| statement.bytes().to_vec()).collect())
    }
}

#[cfg(test)]
mod tests {
    use enginus_access::{
        DomainScope, Genesis, LaneSet, Offer, Removal, ScopeEntry, Target, Terms, invite, redeem, revoke,
    };
    use enginus_envelope::Keypair;
    use enginus_model::DomainId;

    use super::*;
    use crate::ambient;

    const FOLDER: DomainId = DomainId::from_bytes([1; 16]);

    /// The table of an owner who made an invitation that ends at 10, and what redeems it.
    fn invitation() -> (Authority, Keypair, SignedStatement) {
        let (known, key, invitation, _) = invitation_of();
        (known, key, invitation)
    }

    /// The same, and the owner.
    fn invitation_of() -> (Authority, Keypair, SignedStatement, Keypair) {
        let rng = &mut ambient::rng();
        let owner = Keypair::generate(rng);
        let empty = Authority::evaluate(&Genesis::new(owner.public(), Instant(0), rng), []);
        let scope = vec![ScopeEntry::write(DomainScope::One(FOLDER), LaneSet::ALL)];
        let (role, despite) = ("contractor".to_owned(), Vec::new());
        let offer = Offer { role, rank: 30, scope, not_after: None, history: true, despite, at: Instant(1) };
        let acting = empty.acting_for(&owner.person_id(), &offer).unwrap();
        let terms = Terms { uses: 1, redeem_before: Some(Instant(10)) };
        let (key, invitation) = invite(&owner, &acting, &offer, terms, rng).unwrap();
        (empty.with([&invitation]), key, invitation, owner)
    }

    /// What somebody shows who redeems it, and their device.
    fn redeemed(key: &Keypair, invitation: &SignedStatement, at: i64) -> (Keypair, Vec<SignedStatement>) {
        let rng = &mut ambient::rng();
        let (person, device) = (Keypair::generate(rng), Keypair::generate(rng));
        let made = redeem(key, invitation, &person, &device, "laptop", Instant(at), rng).unwrap();
        (device, made.to_vec())
    }

    fn bytes(statements: &[SignedStatement]) -> Vec<Vec<u8>> {
        statements.iter().map(|statement| statement.bytes().to_vec()).collect()
    }

    fn knows(guest: &Guest, device: &Keypair) -> bool {
        guest.authority().is_some_and(|authority| authority.may_pull(&device.device_id(), &FOLDER))
    }

    #[test]
    fn a_ticket_lets_in_until_it_expires_whatever_its_holder_says_of_the_time() {
        let (known, key, invitation) = invitation();
        let (device, made) = redeemed(&key, &invitation, 5);
        let mut guest = Guest::default();
        guest.show(&known, &bytes(&made), Instant(10));
        assert!(knows(&guest, &device));
        guest.show(&known, &bytes(&made), Instant(11));
        assert!(!knows(&guest, &device), "redeemed before the end, as they say, and shown after it");

        // Somebody accepted it in time: then it is in the log.
        let accepted = known.with(&made[..1]);
        guest.show(&accepted, &bytes(&made), Instant(11));
        assert!(knows(&guest, &device));
    }

    #[test]
    fn a_ticket_that_was_used_lets_nobody_else_in_whatever_date_they_write() {
        let (known, key, invitation) = invitation();
        let (_, made) = redeemed(&key, &invitation, 5);
        let (thief, backdated) = redeemed(&key, &invitation, 2);
        let mut guest = Guest::default();
        guest.show(&known, &bytes(&backdated), Instant(6));
        assert!(knows(&guest, &thief), "it is good for one person, whoever comes first");
        guest.show(&known.with(&made), &bytes(&backdated), Instant(6));
        assert!(!knows(&guest, &thief));
    }

    #[test]
    fn a_closed_ticket_lets_in_whom_its_closing_keeps_and_nobody_else() {
        let rng = &mut ambient::rng();
        let (known, key, invitation, owner) = invitation_of();
        let (device, made) = redeemed(&key, &invitation, 5);
        let (thief, backdated) = redeemed(&key, &invitation, 2);
        let target = Target::Grants(vec![invitation.hash()]);
        let acting = known.acting_against(&owner.person_id(), &target).unwrap();
        let (keeps, reason) = (made.iter().map(SignedStatement::hash).collect(), "used up".to_owned());
        let removal = Removal { target, cutoffs: Vec::new(), keeps, reason, at: Instant(6) };
        // Who came is known to whoever closed it, and not here yet.
        let known = known.with(&[revoke(&owner, &acting, removal, rng).unwrap()]);
        let mut guest = Guest::default();
        for now in [Instant(7), Instant(11)] {
            guest.show(&known, &bytes(&made), now);
            assert!(knows(&guest, &device));
            guest.show(&known, &bytes(&backdated), now);
            assert!(!knows(&guest, &thief));
        }
    }

    #[test]
    fn what_shows_nothing_new_changes_no_table() {
        let (known, key, invitation) = invitation();
        let (device, made) = redeemed(&key, &invitation, 5);
        let mut guest = Guest::default();
        guest.show(&known, &[vec![1, 2, 3]], Instant(5));
        assert!(guest.authority().is_none(), "the table of this moment would stand still for it");
        guest.show(&known, &bytes(&made), Instant(5));
        assert!(knows(&guest, &device));
        guest.refresh(&known.with(&made), Instant(5));
        assert!(guest.authority().is_none(), "the project's own table knows it now");

        // Somebody who came first, as they say, and is still connected when the ticket is used.
        let (thief, backdated) = redeemed(&key, &invitation, 2);
        let mut guest = Guest::default();
        guest.show(&known, &bytes(&backdated), Instant(5));
        assert!(knows(&guest, &thief));
        guest.refresh(&known.with(&made), Instant(6));
        assert!(!knows(&guest, &thief));
    }
}
